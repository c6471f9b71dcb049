using System.Collections.Immutable;
using System.Composition;
using Afterimage.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Afterimage.CodeFixes;

/// <summary>Writes what makes a Scalar inside TorchSharp as the method of TensorArithmetic that holds it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class SafeFormFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.UnheldNumber.Id];

    /// <inheritdoc/>
    /// <remarks>All of a file in one pass, innermost first: a batch of separate edits would lose those that are nested.</remarks>
    public override FixAllProvider GetFixAllProvider() => FixAllProvider.Create(
        async (context, document, diagnostics) => await FixAsync(document, diagnostics, context.CancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public override Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            if (SafeForm.From(diagnostic.Properties) is { } form)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(
                        $"Use TensorArithmetic.{form.Method}",
                        cancellation => FixAsync(context.Document, [diagnostic], cancellation),
                        equivalenceKey: Rules.UnheldNumber.Id),
                    diagnostic);
            }
        }

        return Task.CompletedTask;
    }

    private static async Task<Document> FixAsync(Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellation)
    {
        var root = await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false);
        if (root is not CompilationUnitSyntax unit || model is null)
        {
            return document;
        }

        var forms = new Dictionary<SyntaxNode, SafeForm>();
        foreach (var diagnostic in diagnostics)
        {
            if (SafeForm.From(diagnostic.Properties) is { } form && OperationAt(unit, diagnostic.Location) is { } operation)
            {
                forms[operation] = form;
            }
        }

        if (forms.Count == 0)
        {
            return document;
        }

        var isKnown = forms.Keys.All(operation => !model.LookupNamespacesAndTypes(operation.SpanStart, name: Rewriting.Class).IsEmpty);
        var around = forms.Keys.Select(operation => operation.Parent).OfType<ParenthesizedExpressionSyntax>();
        var rewritten = unit.ReplaceNodes(
            forms.Keys.Concat(around),
            (original, current) => forms.TryGetValue(original, out var form)
                ? Rewriting.Of((ExpressionSyntax)current, form)
                : Parentheses.Without((ParenthesizedExpressionSyntax)original, (ParenthesizedExpressionSyntax)current));
        return document.WithSyntaxRoot(isKnown ? rewritten : Usings.WithAfterimage(rewritten));
    }

    private static ExpressionSyntax? OperationAt(CompilationUnitSyntax unit, Location location) =>
        unit.FindToken(location.SourceSpan.Start).Parent?.FirstAncestorOrSelf<ExpressionSyntax>(
            node => node is BinaryExpressionSyntax or AssignmentExpressionSyntax or InvocationExpressionSyntax);
}
