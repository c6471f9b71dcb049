using System.Collections.Immutable;
using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators;

/// <summary>Reports numbers that nothing holds while libtorch reads them, in what runs in a cached forward.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UnheldNumberAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.UnheldNumber];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            var modules = new Lazy<HashSet<INamedTypeSymbol>>(() => CachedModules.Of(start.Compilation));
            start.RegisterOperationAction(
                operation => Analyze(operation, modules),
                OperationKind.Binary, OperationKind.CompoundAssignment, OperationKind.Unary, OperationKind.Invocation, OperationKind.ObjectCreation,
                OperationKind.PropertyReference, OperationKind.MethodReference, OperationKind.Conversion);
        });
    }

    private static void Analyze(OperationAnalysisContext context, Lazy<HashSet<INamedTypeSymbol>> modules)
    {
        var operation = context.Operation;
        if (UnheldNumbers.IsMadeBy(operation)
            && context.ContainingSymbol.ContainingType is { } type
            && modules.Value.Contains(type.OriginalDefinition))
        {
            var form = SafeForms.Of(operation);
            var remedy = form is null
                ? "pass a Scalar that is held, as by 'using var two = 2.ToScalar();'"
                : $"use TensorArithmetic.{form.Method}";
            var token = TokenOf(operation.Syntax);
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.UnheldNumber.Linked(context.Options), token.GetLocation(), form?.ToProperties(), token.ToString(), remedy));
        }
    }

    private static SyntaxNodeOrToken TokenOf(SyntaxNode syntax) => syntax switch
    {
        BinaryExpressionSyntax binary => binary.OperatorToken,
        AssignmentExpressionSyntax assignment => assignment.OperatorToken,
        InvocationExpressionSyntax call => TokenOf(call.Expression),
        MemberAccessExpressionSyntax access => access.Name,
        MemberBindingExpressionSyntax binding => binding.Name,
        BaseObjectCreationExpressionSyntax creation => creation.NewKeyword,
        _ => syntax,
    };
}
