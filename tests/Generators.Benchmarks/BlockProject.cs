using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Benchmarks;

/// <summary>A project of blocks like those of a video transformer.</summary>
internal static class BlockProject
{
    /// <summary>The language that the project is written in.</summary>
    public static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);

    private const string Layers = """
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Sample;

        public sealed class Norm() : Module<Tensor, Tensor>("norm")
        {
            public override Tensor forward(Tensor x) => x - x.mean();
        }
        """;

    private const string Block = """
        using Afterimage;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Sample;

        [SpatialAttention(nameof(attn1))]
        [FeedForward(nameof(ff))]
        public sealed partial class Block%() : Module<Tensor, Tensor, Tensor>("block")
        {
            private readonly Norm norm1 = new();
            private readonly Norm attn1 = new();
            private readonly Norm norm2 = new();
            private readonly Norm ff = new();

            public override partial Tensor forward(Tensor hidden, Tensor temb);

            [CachedForward]
            private Tensor Compute(Tensor hidden, Tensor temb)
            {
                using var scope = NewDisposeScope();
                var (shift, scale, gate) = (temb[.., ..1], temb[.., 1..2], temb[.., 2..3]);
                var normed = norm1.forward(hidden) * (scale + 1) + shift;
                var attended = attn1.forward(normed);
                normed.Dispose();
                hidden = hidden + gate * attended;
                var input = norm2.forward(hidden) * (scale + 1) + shift;
                input = cat([input, input], dim: 1).narrow(1, 0, hidden.size(1));
                var output = ff.forward(input);
                input.Dispose();
                hidden = hidden + gate * output;
                return hidden.MoveToOuterDisposeScope();
            }
        }
        """;

    private const string Other = "internal static class Other { public const int Number = 1; public static int Twice(int x) { return x * 2; } }";

    /// <summary>A compilation of <paramref name="blocks"/> blocks, the layers they use, and an unrelated file.</summary>
    public static CSharpCompilation Create(int blocks)
    {
        var files = Enumerable.Range(0, blocks)
            .Select(i => i.ToString(CultureInfo.InvariantCulture))
            .Select(i => (Path: $"Block{i}.cs", Text: Block.Replace("%", i, StringComparison.Ordinal)))
            .Append((Path: "Layers.cs", Text: Layers))
            .Append((Path: "Other.cs", Text: Other));
        return CSharpCompilation.Create(
            "Sample",
            files.Select(file => CSharpSyntaxTree.ParseText(file.Text, ParseOptions, file.Path, System.Text.Encoding.UTF8)),
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static IEnumerable<MetadataReference> References() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => Path.GetFileName(path) is var name
            && (name.StartsWith("System.", StringComparison.Ordinal) || name is "TorchSharp.dll" or "Afterimage.Runtime.dll" or "netstandard.dll"))
        .Select(path => MetadataReference.CreateFromFile(path));
}
