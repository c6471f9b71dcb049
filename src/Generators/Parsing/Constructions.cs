using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Finds where the modules come from that a member holds, where its class shows all of them.</summary>
internal static class Constructions
{
    // Of a module: what leaves its parts and settings as they are.
    private static readonly HashSet<string> s_harmless = new(StringComparer.Ordinal)
    {
        "forward", "call", "to", "cpu", "cuda", "eval", "train", "parameters", "named_parameters", "buffers", "named_buffers", "state_dict", "load_state_dict", "zero_grad", "Dispose", "GetName",
    };

    /// <summary>Every value that a member may be given; null where others may give it more, or change what it holds.</summary>
    public static IReadOnlyList<IOperation>? Of(ISymbol member, CalleeMemory callees, CalleeMemory.Judging judging)
    {
        if (member is not (IFieldSymbol { IsReadOnly: true } or IPropertySymbol { SetMethod: null or { DeclaredAccessibility: Accessibility.Private } })
            && member.DeclaredAccessibility != Accessibility.Private)
        {
            return null;
        }

        var values = new List<ExpressionSyntax?>();
        foreach (var declaration in member.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax()))
        {
            judging.Files.Add(declaration.SyntaxTree);
            switch (declaration)
            {
                case VariableDeclaratorSyntax { Initializer.Value: { } value }:
                    values.Add(value);
                    break;
                case PropertyDeclarationSyntax { ExpressionBody.Expression: { } value }:
                    values.Add(value);
                    break;
                case PropertyDeclarationSyntax { AccessorList.Accessors: var accessors } when accessors.Any(accessor => accessor.Body is not null || accessor.ExpressionBody is not null):
                    return null;
                case PropertyDeclarationSyntax { Initializer.Value: { } value }:
                    values.Add(value);
                    break;
            }
        }

        TypeDeclarationSyntax[] parts = [.. AuthorParts.Of(member.ContainingType, default)];
        judging.Files.UnionWith(parts.Select(part => part.SyntaxTree));
        var mentions = parts
            .SelectMany(part => part.DescendantNodes())
            .OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == member.Name);
        values.AddRange(mentions.SelectMany(Given));
        return Operations(values, callees);
    }

    /// <summary>Every value that a method in source may return; null where that does not show.</summary>
    public static IReadOnlyList<IOperation>? Returned(IMethodSymbol method, CalleeMemory callees, CalleeMemory.Judging judging)
    {
        var syntax = method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        if (syntax is not null)
        {
            judging.Files.Add(syntax.SyntaxTree);
        }

        return syntax switch
        {
            MethodDeclarationSyntax { ExpressionBody.Expression: { } value } => Operations([value], callees),
            MethodDeclarationSyntax { Body: { } body } => Operations(body.DescendantNodes(Enters).OfType<ReturnStatementSyntax>().Select(found => found.Expression), callees),
            LocalFunctionStatementSyntax { ExpressionBody.Expression: { } value } => Operations([value], callees),
            LocalFunctionStatementSyntax { Body: { } body } =>
                Operations(body.DescendantNodes(Enters).OfType<ReturnStatementSyntax>().Select(found => found.Expression), callees),
            _ => null,
        };
    }

    /// <summary>The modules that a container is made of, in order; null where they do not show.</summary>
    public static IReadOnlyList<IOperation>? Elements(IEnumerable<IArgumentOperation> arguments) => arguments.ToArray() switch
    {
        [] => [],
        [{ Value: var list }] => Elements(list),
        _ => null,
    };

    /// <inheritdoc cref="Elements(IEnumerable{IArgumentOperation})"/>
    public static IReadOnlyList<IOperation>? Elements(IOperation list)
    {
        while (list is IConversionOperation conversion)
        {
            list = conversion.Operand;
        }

        IReadOnlyList<IOperation>? elements = list switch
        {
            IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
            IArrayCreationOperation { DimensionSizes: [{ ConstantValue: { HasValue: true, Value: 0 } }] } => [],
            ICollectionExpressionOperation collection when !collection.Elements.Any(element => element is ISpreadOperation) => collection.Elements,
            _ => null,
        };
        return elements?.Select(Named).ToArray() is { } modules && !modules.Contains(null) ? [.. modules.Select(module => module!)] : null;
    }

    // ("name", module) or the module alone.
    private static IOperation? Named(IOperation element)
    {
        while (element is IConversionOperation conversion)
        {
            element = conversion.Operand;
        }

        return element switch
        {
            ITupleOperation { Elements: [_, var module] } => module,
            _ => KnownSymbols.IsModule(element.Type) ? element : null,
        };
    }

    // What one mention of a member gives it: nothing, a value, or null for what is not known.
    private static IEnumerable<ExpressionSyntax?> Given(IdentifierNameSyntax name)
    {
        ExpressionSyntax access = name.Parent is MemberAccessExpressionSyntax member && member.Name == name ? member : name;
        while (access.Parent is ParenthesizedExpressionSyntax or PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
        {
            access = (ExpressionSyntax)access.Parent;
        }

        return access.Parent switch
        {
            AssignmentExpressionSyntax assignment when assignment.Left == access => [assignment.Right],
            ArgumentSyntax { Parent: TupleExpressionSyntax tuple } argument when tuple.Parent is AssignmentExpressionSyntax assignment && assignment.Left == tuple =>
                [(assignment.Right as TupleExpressionSyntax)?.Arguments.ElementAtOrDefault(tuple.Arguments.IndexOf(argument))?.Expression],
            ArgumentSyntax argument when !argument.RefKindKeyword.IsKind(SyntaxKind.None) => [null],
            MemberAccessExpressionSyntax { Name.Identifier.ValueText: "inplace", Parent: AssignmentExpressionSyntax } => [null],
            MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } called when !s_harmless.Contains(called.Name.Identifier.ValueText) => [null],
            ElementAccessExpressionSyntax { Parent: AssignmentExpressionSyntax assignment } element when assignment.Left == element => [null],
            _ => [],
        };
    }

    private static bool Enters(SyntaxNode node) => node is not AnonymousFunctionExpressionSyntax and not LocalFunctionStatementSyntax;

    private static IReadOnlyList<IOperation>? Operations(IEnumerable<ExpressionSyntax?> values, CalleeMemory callees)
    {
        var operations = values.Select(value => value is null ? null : callees.ModelOf(value.SyntaxTree).GetOperation(value)).ToArray();
        return operations.Contains(null) ? null : [.. operations.Select(operation => operation!)];
    }
}
