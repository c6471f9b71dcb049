using System.Collections.Immutable;
using Afterimage.CodeFixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>A file in an editor's workspace, with what AFTER030 says of it.</summary>
internal sealed class Fixing : IDisposable
{
    private readonly AdhocWorkspace _workspace = new();
    private readonly Document _document;

    public Fixing(string text)
    {
        var options = Compilations.Of(("Sample.cs", text));
        _document = _workspace
            .AddProject(ProjectInfo.Create(
                ProjectId.CreateNewId(), VersionStamp.Default, "Sample", "Sample", LanguageNames.CSharp,
                compilationOptions: options.Options, parseOptions: Compilations.ParseOptions, metadataReferences: options.References))
            .AddDocument("Sample.cs", SourceText.From(text));
        Found = Analyze(_document);
    }

    public ImmutableArray<Diagnostic> Found { get; }

    /// <summary>The text with the first fault fixed; null if it has no fix.</summary>
    public string? FixFirst()
    {
        CodeAction? action = null;
        new SafeFormFix().RegisterCodeFixesAsync(new CodeFixContext(_document, Found[0], (found, _) => action = found, default)).GetAwaiter().GetResult();
        return action is null ? null : Text(Applied(action));
    }

    /// <summary>The text with all of it fixed in one pass, which has to compile, and the faults that remain.</summary>
    public (string Text, ImmutableArray<Diagnostic> Left) FixAll()
    {
        var fix = new SafeFormFix();
        var context = new FixAllContext(_document, fix, FixAllScope.Document, "AFTER030", fix.FixableDiagnosticIds, new Given(Found), default);
        var action = fix.GetFixAllProvider().GetFixAsync(context).GetAwaiter().GetResult();
        var fixedDocument = action is null ? _document : Applied(action);
        return (Text(fixedDocument), Analyze(fixedDocument));
    }

    public void Dispose() => _workspace.Dispose();

    private Document Applied(CodeAction action) => action.GetOperationsAsync(default).GetAwaiter().GetResult()
        .OfType<ApplyChangesOperation>().Single().ChangedSolution.GetDocument(_document.Id)!;

    private static string Text(Document document) => document.GetTextAsync().GetAwaiter().GetResult().ToString();

    private static ImmutableArray<Diagnostic> Analyze(Document document)
    {
        var compilation = document.Project.GetCompilationAsync().GetAwaiter().GetResult()!;
        var errors = compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error).ToArray();
        Assert.IsEmpty(errors, string.Join("\n", errors.Select(error => error.ToString())) + "\n" + Text(document));
        var all = compilation.WithAnalyzers([new UnheldNumberAnalyzer()]).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        Assert.IsEmpty(all.Where(found => found.Id != "AFTER030"), string.Join("\n", all));
        return [.. all.OrderBy(found => found.Location.SourceSpan.Start)];
    }

    private sealed class Given(ImmutableArray<Diagnostic> found) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult(found.AsEnumerable());

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) => Task.FromResult(found.AsEnumerable());

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult(Enumerable.Empty<Diagnostic>());
    }
}
