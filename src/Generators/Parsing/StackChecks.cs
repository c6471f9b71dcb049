using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Lowering;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>Whether what a loop does is all in the variables that are kept of it.</summary>
internal static class StackChecks
{
    public static void Check(
        BlockSpec block, IMethodSymbol body, int number, KeptElements kept, IReadOnlyList<ParsedStatement> statements, Findings findings)
    {
        var site = block.Sites[number];
        if (statements[site.Statement] is not { Operation: ILoopOperation { SemanticModel: { } model } loop, Syntax: var syntax })
        {
            return;
        }

        string[] variables = [.. kept.Indices.Select(index => site.Elements[index].Variable)];
        var live = Liveness.OfBody(block);
        var changed = OutsideOf(syntax, model).Where(variable => live.IsLiveAfter(site.Statement, variable.Name) && IsChanged(variable, loop));
        foreach (var variable in StackLoops.Variables(syntax, model).Where(variable => variables.Contains(variable.Name)).Union(changed, SymbolEqualityComparer.Default))
        {
            if (StackLoops.Obstacle(variable, syntax, model) is { } obstacle)
            {
                findings.Add(Rules.StackVariable, NameIn(syntax, variable.Name).GetLocation(), variable.Name, site.Member, obstacle);
            }
        }

        string[] parameters = [.. body.Parameters.Select(parameter => parameter.Name)];
        CheckMemory(block, parameters, site, loop, syntax, model, findings);
        BlockChecks.CheckResult(block, parameters, variables, number, statements, findings);
    }

    // Where a stack is skipped, nobody writes into what it reads.
    private static void CheckMemory(
        BlockSpec block, string[] parameters, SiteSpec site, ILoopOperation loop, StatementSyntax syntax, SemanticModel model, Findings findings)
    {
        ISymbol[] outside = [.. OutsideOf(syntax, model)];
        var effects = CalleeMemory.OfLoop(loop, outside);
        for (var i = 0; i < outside.Length; i++)
        {
            if (MemoryEffects.Has(effects.Leaves, i) && SharedMemory.IsSeenAfter(block, site.Statement, [outside[i].Name], parameters))
            {
                findings.Add(
                    MemoryEffects.Has(effects.Writes, i) ? Rules.SiteModifiesArgument : Rules.SiteMayModifyArgument,
                    NameIn(syntax, outside[i].Name).GetLocation(), site.Member, outside[i].Name);
            }
        }
    }

    // An object, such as a list, that the loop may give something: a tensor's memory is looked at on its own.
    private static bool IsChanged(ISymbol variable, ILoopOperation loop) =>
        StackLoops.TypeOf(variable) is { IsReferenceType: true, SpecialType: not SpecialType.System_String } type
        && !KnownSymbols.IsTensor(type)
        && loop.Descendants().Any(part => part switch
        {
            IInvocationOperation call when !PureCalls.IsPure(call) => Names(call, variable),
            IAssignmentOperation { Target: var target } => IsPlace(target) && Names(target, variable),
            IIncrementOrDecrementOperation { Target: var target } => IsPlace(target) && Names(target, variable),
            _ => false,
        });

    private static bool IsPlace(IOperation target) =>
        target is IPropertyReferenceOperation or IFieldReferenceOperation or IArrayElementReferenceOperation or ITupleOperation;

    private static bool Names(IOperation operation, ISymbol variable) => operation.Descendants().Any(part => part switch
    {
        ILocalReferenceOperation local => SymbolEqualityComparer.Default.Equals(local.Local, variable),
        IParameterReferenceOperation parameter => SymbolEqualityComparer.Default.Equals(parameter.Parameter, variable),
        _ => false,
    });

    private static IEnumerable<ISymbol> OutsideOf(StatementSyntax loop, SemanticModel model) =>
        StatementFlow.Analyzed(loop, model) is { } flow
            ? flow.Reads.Concat(flow.Writes).Distinct(SymbolEqualityComparer.Default).Where(variable => !flow.Declares.Contains(variable, SymbolEqualityComparer.Default))!
            : [];

    // Where a variable is assigned, or else where it is named first.
    private static IdentifierNameSyntax NameIn(StatementSyntax loop, string variable)
    {
        IdentifierNameSyntax[] names = [.. loop.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.ValueText == variable)];
        return names.FirstOrDefault(IsAssigned) ?? names[0];
    }

    private static bool IsAssigned(IdentifierNameSyntax name) =>
        name.AncestorsAndSelf().Any(node => node.Parent is AssignmentExpressionSyntax assignment && assignment.Left == node);
}
