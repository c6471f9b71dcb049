using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Walks everything an object refers to.</summary>
internal static class ObjectGraph
{
    public static void AssertHoldsNoCompilation(object? root, string step)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Visit(root, step);

        void Visit(object? node, string path)
        {
            if (node is null || !seen.Add(node))
                return;
            Assert.IsFalse(node is Compilation or ISymbol or SyntaxNode or SyntaxTree or SemanticModel or Location or AttributeData, $"{path} is a {node.GetType()}");
            var type = node.GetType();
            if (type.IsPrimitive || type.IsEnum || type == typeof(string))
                return;
            if (node is IEnumerable elements)
            {
                foreach (var element in elements)
                    Visit(element, $"{path}[]");
            }

            for (var current = type; current is not null; current = current.BaseType)
            {
                foreach (var field in current.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                    Visit(field.GetValue(node), $"{path}.{field.Name}");
            }
        }
    }
}
