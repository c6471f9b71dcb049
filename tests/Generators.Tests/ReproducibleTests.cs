using System.Collections.Immutable;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>Where sources lie does not show in what is built of them, where the build maps it.</summary>
[TestClass]
public sealed class ReproducibleTests
{
    private const string Block = """
        using Afterimage;
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Sample;

        [SpatialAttention(nameof(attn))]
        public sealed partial class Block : Module<Tensor, Tensor>
        {
            private readonly TorchSharp.Modules.Linear attn = Linear(2, 2);

            public Block() : base("block") => RegisterComponents();

            public string Seen { get; private set; } = "";

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                See();
                var y = attn.forward(x);
                return x.mul(y);
            }

            private void See([System.Runtime.CompilerServices.CallerFilePath] string path = "", [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) =>
                Seen = $"{path}:{line}";
        }
        """;

    // Its stack's loop, what is before and behind it, and the indicator are written again in every variant.
    private static readonly string s_model = Sample.Read(Sample.OneStack)
        .Replace("        var text = encoder + 1;\n", "        var text = encoder + 1;\n        See();\n", StringComparison.Ordinal)
        .Replace("    [ChangeIndicator]\n", """
                public string Seen { get; private set; } = "";

                public void See([System.Runtime.CompilerServices.CallerFilePath] string path = "", [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) =>
                    Seen = $"{path}:{line}";

                [ChangeIndicator]

            """, StringComparison.Ordinal);

    private static readonly string s_root = OperatingSystem.IsWindows() ? @"C:\" : "/";

    [TestMethod]
    [DataRow("A.cs", false)]
    [DataRow("Blocks/A.cs", false)]
    [DataRow("A.cs", true)]
    [DataRow("Models/A.cs", true)]
    public void TwoCheckouts_MappedToOnePath_GiveTheSameAssembly(string file, bool isModel) =>
        Assert.AreSequenceEqual(Emit("one", file, isModel, mapped: true), Emit("two", file, isModel, mapped: true));

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void TwoCheckouts_Unmapped_Differ(bool isModel) => Assert.AreNotEqual(
        Convert.ToBase64String(Emit("one", "A.cs", isModel, mapped: false)), Convert.ToBase64String(Emit("two", "A.cs", isModel, mapped: false)));

    [TestMethod]
    public void CachedBlock_SeesTheMappedPathAndLineOfItsAuthor()
    {
        using var scope = NewDisposeScope();
        var block = EmittedAssembly.Of(Generate("one", "A.cs", Block, mapped: true)).New<nn.Module<Tensor, Tensor>>("Sample.Block");
        dynamic seen = block;
        block.forward(ones(2L, 2L));
        string expected = seen.Seen;
        StringAssert.StartsWith(expected, "/_/");
        ((Afterimage.Execution.ICachedBlock)block).Select(0, [new FakeSlot()]);
        block.forward(ones(2L, 2L));
        Assert.AreEqual(expected, (string)seen.Seen);
    }

    [TestMethod]
    public void CachedModel_SeesTheMappedPathAndLineOfItsAuthor()
    {
        using var scope = NewDisposeScope();
        dynamic model = EmittedAssembly.Of(Generate("one", "A.cs", s_model, mapped: true)).New<nn.Module>("Sample.OneStackModel");
        var (latents, encoder) = (rand(2, 3), rand(2, 4));
        model.forward(latents, encoder);
        string expected = model.Seen;
        StringAssert.StartsWith(expected, "/_/");
        // Computed and kept, and gated: both run what stands before the stack.
        foreach (var variant in (int[])[0, 2])
        {
            model.See("", 0);
            ((Afterimage.Execution.ICachedBlock)model).Select(variant, [new FakeStackSlot()]);
            model.forward(latents, encoder);
            Assert.AreEqual(expected, (string)model.Seen);
        }
    }

    [TestMethod]
    [DataRow("A \"quoted\".cs")]
    [DataRow("A\nB.cs")]
    [DataRow("")]
    public void PathThatNoDirectiveCanHold_StillCompiles(string path) => EmittedAssembly.Of(Block, path);

    [TestMethod]
    public void ColumnThatNoDirectiveCanHold_StillCompiles() =>
        EmittedAssembly.Of(Block.Replace("See();", $"{new string(' ', 70_000)}See();", StringComparison.Ordinal));

    private static GeneratorRun Generate(string checkout, string file, string source, bool mapped)
    {
        var folder = Path.Combine(s_root, "work", checkout, "src");
        var compilation = Compilations.Of((Path.Combine(folder, file), source));
        var map = mapped ? ImmutableArray.Create(new KeyValuePair<string, string>(folder, "/_/src")) : [];
        return GeneratorRun.Of(compilation.WithOptions(compilation.Options
            .WithDeterministic(true)
            .WithSourceReferenceResolver(new SourceFileResolver([], folder, map))));
    }

    private static byte[] Emit(string checkout, string file, bool isModel, bool mapped)
    {
        using var code = new MemoryStream();
        using var symbols = new MemoryStream();
        var result = Generate(checkout, file, isModel ? s_model : Block, mapped).Output.Emit(
            code, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb, pdbFilePath: "Sample.pdb"));
        Assert.IsTrue(result.Success, string.Join("\n", result.Diagnostics));
        return [.. code.ToArray(), .. symbols.ToArray()];
    }
}
