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

    private static readonly string s_root = OperatingSystem.IsWindows() ? @"C:\" : "/";

    [TestMethod]
    [DataRow("A.cs")]
    [DataRow("Blocks/A.cs")]
    public void TwoCheckouts_MappedToOnePath_GiveTheSameAssembly(string file) =>
        Assert.AreSequenceEqual(Emit("one", file, mapped: true), Emit("two", file, mapped: true));

    [TestMethod]
    public void TwoCheckouts_Unmapped_Differ() =>
        Assert.AreNotEqual(Convert.ToBase64String(Emit("one", "A.cs", mapped: false)), Convert.ToBase64String(Emit("two", "A.cs", mapped: false)));

    [TestMethod]
    public void CachedBlock_SeesTheMappedPathAndLineOfItsAuthor()
    {
        using var scope = NewDisposeScope();
        var block = EmittedAssembly.Of(Generate("one", "A.cs", mapped: true)).New<nn.Module<Tensor, Tensor>>("Sample.Block");
        dynamic seen = block;
        block.forward(ones(2L, 2L));
        string expected = seen.Seen;
        StringAssert.StartsWith(expected, "/_/");
        ((Afterimage.Execution.ICachedBlock)block).Select(0, [new FakeSlot()]);
        block.forward(ones(2L, 2L));
        Assert.AreEqual(expected, (string)seen.Seen);
    }

    [TestMethod]
    [DataRow("A \"quoted\".cs")]
    [DataRow("A\nB.cs")]
    [DataRow("")]
    public void PathThatNoDirectiveCanHold_StillCompiles(string path) => EmittedAssembly.Of(Block, path);

    [TestMethod]
    public void ColumnThatNoDirectiveCanHold_StillCompiles() =>
        EmittedAssembly.Of(Block.Replace("See();", $"{new string(' ', 70_000)}See();", StringComparison.Ordinal));

    private static GeneratorRun Generate(string checkout, string file, bool mapped)
    {
        var folder = Path.Combine(s_root, "work", checkout, "src");
        var compilation = Compilations.Of((Path.Combine(folder, file), Block));
        var map = mapped ? ImmutableArray.Create(new KeyValuePair<string, string>(folder, "/_/src")) : [];
        return GeneratorRun.Of(compilation.WithOptions(compilation.Options
            .WithDeterministic(true)
            .WithSourceReferenceResolver(new SourceFileResolver([], folder, map))));
    }

    private static byte[] Emit(string checkout, string file, bool mapped)
    {
        using var code = new MemoryStream();
        using var symbols = new MemoryStream();
        var result = Generate(checkout, file, mapped).Output.Emit(
            code, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb, pdbFilePath: "Sample.pdb"));
        Assert.IsTrue(result.Success, string.Join("\n", result.Diagnostics));
        return [.. code.ToArray(), .. symbols.ToArray()];
    }
}
