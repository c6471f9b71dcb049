using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Runs the analyzer on test code, with the generated parts in place as in a build.</summary>
internal static class Analysis
{
    /// <summary>Modules for short examples to use, in front of them, in C# that is older than what can be cached.</summary>
    private const string Prelude = """
        using System;
        using System.Collections.Generic;
        using Afterimage;
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Example;

        internal sealed class Attention : Module<Tensor, Tensor>
        {
            public Attention() : base("attention") { }

            public override Tensor forward(Tensor x) => x.softmax(-1);
        }

        internal sealed class Pairing : Module<Tensor, (Tensor, Tensor)>
        {
            public Pairing() : base("pairing") { }

            public override (Tensor, Tensor) forward(Tensor x) => (x + 1, x + 2);
        }

        internal sealed class Listing : Module<Tensor, IReadOnlyList<Tensor>>
        {
            public Listing() : base("listing") { }

            public override IReadOnlyList<Tensor> forward(Tensor x) => x.unbind();
        }

        internal sealed class Norm : Module<Tensor, Tensor>
        {
            public Norm() : base("norm") { }

            public override Tensor forward(Tensor x) => x - x.mean();

            public Tensor Shifted(Tensor x) => x + 1;
        }


        """;

    public static string InPrelude(string code) => Prelude.ReplaceLineEndings("\n") + code;

    /// <summary>Our diagnostics, and the compiler's errors and warnings of the code with its generated parts.</summary>
    public static (ImmutableArray<Diagnostic> Ours, ImmutableArray<Diagnostic> Compilers) Of(string text) => Of(GeneratorRun.Of(text));

    /// <inheritdoc cref="Of(string)"/>
    public static (ImmutableArray<Diagnostic> Ours, ImmutableArray<Diagnostic> Compilers) Of(GeneratorRun run) => Of(run, new CachedForwardAnalyzer());

    /// <inheritdoc cref="Of(string)"/>
    public static (ImmutableArray<Diagnostic> Ours, ImmutableArray<Diagnostic> Compilers) Of(GeneratorRun run, DiagnosticAnalyzer analyzer)
    {
        var output = run.Output;
        var ours = output.WithAnalyzers([analyzer]).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        return (ours, [.. output.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)]);
    }

    /// <summary>Id, line and text of a diagnostic's span.</summary>
    public static (string Id, int Line, string Token) Describe(Diagnostic diagnostic) => (
        diagnostic.Id,
        diagnostic.Location.GetLineSpan().StartLinePosition.Line,
        diagnostic.Location.SourceTree!.GetText().ToString(diagnostic.Location.SourceSpan));
}
