using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.Generators.Parsing;

/// <summary>Reads which sequences of tokens ranks can share.</summary>
internal static class SequenceParser
{
    public static SequenceSpec? Parse(ClassSymbols symbols, BlockSpec? block, UsedNames names, Findings findings)
    {
        if (symbols.SequenceAttributes.Count == 0 || symbols.Bodies.Count == 0 || symbols.SyntaxOf(symbols.Bodies[0])?.Body is not { } body)
        {
            return null;
        }

        var attribute = LocationOf(symbols.SequenceAttributes[0], symbols);
        if (symbols.ModelAttribute is null || !symbols.SiteAttributes.Any(site => KnownSymbols.SiteKindOf(site) == "OutputProjection"))
        {
            findings.Add(Rules.SequenceForm, attribute, symbols.Type.Name, "is no model with an [OutputProjection], after which tokens are put together");
            return null;
        }

        if (block is null)
        {
            return null;
        }

        var output = block.Sites.First(site => site.Kind == "OutputProjection");
        if (output.Whole is not null || output.Elements.Count != 1)
        {
            findings.Add(Rules.SequenceForm, attribute, symbols.Type.Name, "has an [OutputProjection] of several tensors, of which one is put together");
            return null;
        }

        var model = symbols.ModelOf(body.SyntaxTree);
        var firstStack = block.Sites.Where(site => site.Loop is not null).Select(site => site.Statement).DefaultIfEmpty(output.Statement).Min();
        var declared = new Dictionary<string, int>(StringComparer.Ordinal);
        var points = new List<SequencePoint>();
        foreach (var each in symbols.SequenceAttributes)
        {
            if (Point(each) is { } point)
            {
                points.Add(point);
            }
        }

        if (points.FirstOrDefault(point => point.Method == "Split") is not { } first)
        {
            return null;
        }

        points.Add(new SequencePoint(output.Statement, "Gather", output.Elements[0].Variable, output.Statement, new([first.Variable])));
        return new SequenceSpec(points.OrderBy(point => point.Statement).ToEquatableArray(), names.Reserve("s_shards"), names.Reserve("ForwardShards"));

        SequencePoint? Point(AttributeData attribute)
        {
            var (location, variable) = (LocationOf(attribute, symbols), attribute.ConstructorArguments.FirstOrDefault().Value as string ?? string.Empty);
            var isPositions = attribute.AttributeClass!.Name == "SequencePositionsAttribute";
            if (declared.ContainsKey(variable))
            {
                return Refuse("is marked twice");
            }

            if (Find(body, variable, model, symbols.Cancellation) is not (var statement, { } type))
            {
                return Refuse("is no local variable that a top-level statement of the body declares");
            }

            if (statement >= firstStack)
            {
                return Refuse("is declared where blocks have run already");
            }

            if (isPositions ? !IsPositions(type) : !KnownSymbols.IsTensor(type))
            {
                return Refuse($"is a '{type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}' and not {(isPositions ? "an ISequencePositions of itself" : "a Tensor")}");
            }

            declared[variable] = statement;
            if (!isPositions)
            {
                return new SequencePoint(statement, "Split", variable, statement, new([variable]));
            }

            string[] sequences = [.. attribute.ConstructorArguments[1].Values.Select(value => value.Value as string ?? string.Empty)];
            if (sequences.Length == 0 || sequences.FirstOrDefault(sequence => points.All(point => point.Method != "Split" || point.Variable != sequence)) is { })
            {
                return Refuse($"goes with {(sequences.Length == 0 ? "no sequence" : $"'{string.Join("', '", sequences)}'")}, of which each is to be marked [SequenceParallel] before it");
            }

            return new SequencePoint(sequences.Select(sequence => declared[sequence]).Append(statement).Max(), "Positions", variable, statement, sequences.ToEquatableArray());

            SequencePoint? Refuse(string why)
            {
                findings.Add(Rules.SequenceForm, location, variable, why);
                return null;
            }
        }
    }

    private static (int Statement, ITypeSymbol? Type) Find(BlockSyntax body, string variable, SemanticModel model, CancellationToken cancellation)
    {
        for (var i = 0; i < body.Statements.Count; i++)
        {
            var designated = body.Statements[i] switch
            {
                LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0 } local => local.Declaration.Variables.FirstOrDefault(each => each.Identifier.ValueText == variable),
                ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: var left } } =>
                    left.DescendantNodesAndSelf().OfType<SingleVariableDesignationSyntax>().FirstOrDefault(each => each.Identifier.ValueText == variable),
                _ => default(SyntaxNode),
            };
            if (designated is not null && model.GetDeclaredSymbol(designated, cancellation) is ILocalSymbol { RefKind: RefKind.None, IsConst: false } local2)
            {
                return (i, local2.Type);
            }
        }

        return (-1, null);
    }

    private static bool IsPositions(ITypeSymbol type) => type.AllInterfaces.Any(each =>
        each is { Name: "ISequencePositions", TypeArguments: [var self] } && KnownSymbols.IsOurs(each) && SymbolEqualityComparer.Default.Equals(self, type));

    private static Location LocationOf(AttributeData attribute, ClassSymbols symbols) =>
        attribute.ApplicationSyntaxReference?.GetSyntax(symbols.Cancellation) is AttributeSyntax syntax
            ? (syntax.ArgumentList?.Arguments.FirstOrDefault() as SyntaxNode ?? syntax).GetLocation()
            : symbols.Parts[0].Identifier.GetLocation();
}
