using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Tests;

/// <summary>An edit in another file that changes what a body means is seen: after it all is as if nobody had seen the project before.</summary>
[TestClass]
public sealed class ElsewhereTests
{
    private const string Usings = "using Afterimage; using TorchSharp; using static TorchSharp.torch; using static TorchSharp.torch.nn; namespace Sample;\n";

    private const string Modules = """
        public abstract class Base() : Module<Tensor, Tensor>("base") { }

        public sealed class Norm() : Module<Tensor, Tensor>("norm")
        {
            public override Tensor forward(Tensor x) => x - x.mean();
        }

        public sealed class Writer() : Module<Tensor, Tensor>("writer")
        {
            public override Tensor forward(Tensor x) => x.sub_(x.mean());
        }

        """;

    private const string Helpers = """
        public static class Helpers
        {
            [NoSideEffects]
            public static Tensor Twice(Tensor x) => x + x;

            public static Tensor Thrice(Tensor x) => x + x + x;
        }
        """;

    [TestMethod]
    [DataRow("functional.relu(x, inplace: Flags.InPlace)", "public static class Flags { public const bool InPlace = false; }", "= false", "= true", DisplayName = "constant")]
    [DataRow("functional.relu(x, inplace: Flags.InPlace)", "public static class Flags { public const bool InPlace = Other.No; } public static class Other { public const bool No = false; }", "= false", "= true", DisplayName = "constant of a constant")]
    [DataRow("functional.relu(x, inplace: Flag.InPlace == (Flag)1)", "public enum Flag { InPlace = 0 }", "= 0", "= 1", DisplayName = "value of an enum")]
    [DataRow("Helpers.Twice(x)", Helpers, "[NoSideEffects]", "", DisplayName = "attribute")]
    [DataRow("Helpers.Twice(x)", "public static class Helpers { [NoSideEffects] public static Tensor Twice(object x) => (Tensor)x; }", "class Helpers {", "class Helpers { public static Tensor Twice(Tensor x) => x;", DisplayName = "overload")]
    [DataRow("x.Twice()", "public static class Extensions { }", "{ }", "{ [NoSideEffects] public static Tensor Twice(this Tensor x) => x + x; }", DisplayName = "extension method")]
    [DataRow("x.Twice()", "public static class Extensions { }", "{ }", "{ extension(Tensor x) { [NoSideEffects] public Tensor Twice() => x + x; } }", DisplayName = "extension member")]
    [DataRow("norm.forward(x)", "public sealed class Tensor { }", "Tensor", "Unused", DisplayName = "type of that name")]
    [DataRow("norm.forward(x)", "// Nothing.", "// Nothing.", "public sealed class SpatialAttentionAttribute : System.Attribute;", DisplayName = "attribute of that name")]
    [DataRow("cat([x, x])", "namespace Room { }", "Room", "cat", DisplayName = "namespace of that name")]
    [DataRow("norm.forward(x)", "public partial class Block { }", "{ }", "{ private int ForwardCompute; }", DisplayName = "member of another part")]
    [DataRow("norm.forward(x)", "public partial class Other { }", "Other { }", "Block { private int ForwardCompute; }", DisplayName = "part that appears")]
    [DataRow("holder.inner.forward(x)", "public sealed class Holder { public readonly Module<Tensor, Tensor> inner; public Holder() { inner = new Norm(); } }", "new Norm", "new Writer", DisplayName = "what a member is given in a body")]
    [DataRow("holder.inner.forward(x)", "public sealed class Holder { public readonly Module<Tensor, Tensor> inner = new Norm(); }", "new Norm", "new Writer", DisplayName = "what a member is given")]
    [DataRow("holder.inner.forward(x)", "public sealed class Holder { public readonly Module<Tensor, Tensor> inner = Make(); private static Module<Tensor, Tensor> Make() { return new Norm(); } }", "new Norm", "new Writer", DisplayName = "what a method makes")]
    [DataRow("holder.inner.forward(x)", "public sealed class Holder { public readonly Inner inner = new(); } public sealed class Inner() : Module<Tensor, Tensor>(\"inner\") { public override Tensor forward(Tensor x) { return x + 1; } }", "x + 1", "x.add_(1)", DisplayName = "body of a callee")]
    [DataRow("holder.inner.forward(x)", "public sealed class Holder { public readonly Inner inner = new(); } public sealed class Inner() : Module<Tensor, Tensor>(\"inner\") { public override Tensor forward(Tensor x) { return Other.Run(x); } } public static class Other { public static Tensor Run(Tensor x) { return x + 1; } }", "x + 1", "x.add_(1)", DisplayName = "body of a callee's callee")]
    public void Edit_IsSeen(string expression, string other, string from, string to)
    {
        var holder = expression.Contains("holder", StringComparison.Ordinal) ? "private readonly Holder holder = new();" : "";
        AssertSeen(
            Compilations.Of(("Block.cs", Block(expression, holder)), ("Modules.cs", Usings + Modules), ("Other.cs", Usings + other)),
            before => Compilations.Edit(before, "Other.cs", from, to));
    }

    [TestMethod]
    [DataRow("// Nothing.", "global using static Sample.Helpers;", DisplayName = "global using")]
    [DataRow("global using static Sample.Helpers; global using Number = System.Int32;", "global using static Sample.Helpers; global using Tensor = System.Int32;", DisplayName = "global alias")]
    public void GlobalUsing_IsSeen(string from, string to) => AssertSeen(
        Compilations.Of(("Block.cs", Block("Twice(x)")), ("Modules.cs", Usings + Modules), ("Helpers.cs", Usings + Helpers), ("Usings.cs", from)),
        before => Compilations.Edit(before, "Usings.cs", from, to));

    [TestMethod]
    public void AliasOfAnAttribute_IsSeen() => AssertSeen(
        Compilations.Of(
            ("Block.cs", Block("Helpers.Twice(x)")), ("Modules.cs", Usings + Modules),
            ("Helpers.cs", Usings + Helpers.Replace("[NoSideEffects]", "[Free]", StringComparison.Ordinal)),
            ("Usings.cs", "global using Free = Afterimage.NoSideEffectsAttribute;")),
        before => Compilations.Edit(before, "Usings.cs", "Afterimage.NoSideEffectsAttribute", "System.ObsoleteAttribute"));

    [TestMethod]
    public void AliasOfCachedForward_IsSeen() => AssertSeen(
        Compilations.Of(
            ("Block.cs", Block("norm.forward(x)").Replace("[CachedForward]", "[Body]", StringComparison.Ordinal)), ("Modules.cs", Usings + Modules),
            ("Usings.cs", "global using BodyAttribute = System.ObsoleteAttribute;")),
        before => Compilations.Edit(before, "Usings.cs", "System.ObsoleteAttribute", "Afterimage.CachedForwardAttribute"));

    [TestMethod]
    public void MemberOfABase_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", "using static Sample.Helpers;" + Block("Twice(x)")), ("Modules.cs", Usings + Modules), ("Helpers.cs", Usings + Helpers)),
        before => Compilations.Edit(before, "Modules.cs", "(\"base\") { }", "(\"base\") { protected Tensor Twice(Tensor x) { return x; } }"));

    [TestMethod]
    public void BodyOfASite_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", Block("x")), ("Modules.cs", Usings + Modules)),
        before => Compilations.Edit(before, "Modules.cs", "=> x - x.mean()", "=> x.sub_(x.mean())"));

    [TestMethod]
    public void NewFile_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", Block("x.Twice()")), ("Modules.cs", Usings + Modules)),
        before => before.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
            Usings + "public static class Extensions { [NoSideEffects] public static Tensor Twice(this Tensor x) => x + x; }", Compilations.ParseOptions, "New.cs", System.Text.Encoding.UTF8)));

    [TestMethod]
    public void FileThatGoes_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", Block("Helpers.Twice(x)")), ("Modules.cs", Usings + Modules), ("Helpers.cs", Usings + Helpers)),
        before => before.RemoveSyntaxTrees(before.SyntaxTrees.Single(tree => tree.FilePath == "Helpers.cs")));

    [TestMethod]
    public void NewName_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", Block("norm.forward(x)")), ("Modules.cs", Usings + Modules)),
        before => before.ReplaceSyntaxTree(before.SyntaxTrees[0], before.SyntaxTrees[0].WithFilePath("Renamed.cs")));

    [TestMethod]
    public void NullableOption_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", Block("norm.forward(x); Tensor? z = x; if (x.size(0) > 1) { z = null; } var w = z ?? x")), ("Modules.cs", Usings + Modules)),
        before => before.WithOptions(before.Options.WithNullableContextOptions(NullableContextOptions.Disable)), shows: false);

    [TestMethod]
    public void OtherReference_IsSeen() => AssertSeen(
        Compilations.Of(("Block.cs", Block("norm.forward(x)")), ("Modules.cs", Usings + Modules)),
        before => before.RemoveReferences(before.References.Single(reference => Path.GetFileName(reference.Display) == "TorchSharp.dll")));

    [TestMethod]
    [DataRow("[NoSideEffects]", "")]
    [DataRow("Tensor Twice(Tensor x)", "Tensor Twice(object x, int y)")]
    public void EditOfAnotherProject_IsSeen(string from, string to)
    {
        var library = Compilations.Of(("Helpers.cs", Usings + Helpers)).WithAssemblyName("Library");
        var project = Compilations.Of(("Block.cs", Block("Helpers.Twice(x)")), ("Modules.cs", Usings + Modules)).AddReferences(library.ToMetadataReference());
        AssertSeen(
            project,
            before => before.ReplaceReference(before.References.OfType<CompilationReference>().Single(), Compilations.Edit(library, "Helpers.cs", from, to).ToMetadataReference()));
    }

    [TestMethod]
    public void CallTooDeepToFollow_IsJudgedAlikeWhateverWasAskedBefore()
    {
        var chain = string.Concat(Enumerable.Range(0, 14).Select(i =>
            $"public sealed class Deep{i}() : Module<Tensor, Tensor>(\"deep\") {{ private readonly Deep{i + 1} next = new(); public override Tensor forward(Tensor x) => next.forward(x); }}\n"));
        AssertSeen(
            Compilations.Of(
                ("Middle.cs", Block("deep.forward(x)", "private readonly Deep6 deep = new();").Replace("class Block", "class Middle", StringComparison.Ordinal)),
                ("Block.cs", Block("deep.forward(x)", "private readonly Deep0 deep = new();")),
                ("Modules.cs", Usings + Modules),
                ("Deep.cs", Usings + chain + Modules.Split("\n\n")[1].Replace("Norm", "Deep14", StringComparison.Ordinal))),
            before => Compilations.Edit(before, "Block.cs", "x + y", "x.mul(y)"));
    }

    private static string Block(string expression, string member = "") => $$"""
        {{Usings}}
        [SpatialAttention(nameof(attn))]
        public sealed partial class Block() : Base
        {
            private readonly Norm attn = new();
            private readonly Norm norm = new();
            {{member}}

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                var input = {{expression}};
                var y = attn.forward(input);
                return x + y + norm.forward(x);
            }
        }
        """;

    private static void AssertSeen(CSharpCompilation before, Func<CSharpCompilation, CSharpCompilation> edit, bool shows = true)
    {
        var run = GeneratorRun.Of(before);
        var was = Describe(run);
        var edited = run.On(edit(before));
        var expected = Describe(GeneratorRun.Of(Compilations.Anew(edit(before))));
        Assert.AreEqual(expected, Describe(edited));
        if (shows)
        {
            Assert.AreNotEqual(expected, was, "The edit shows nowhere.");
        }

        // And back.
        Assert.AreEqual(was, Describe(edited.On(before)));
    }

    // All that was generated and reported.
    private static string Describe(GeneratorRun run) => string.Join(
        "\n",
        run.Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Key}\n{file.Value}")
            .Concat(Analysis.Of(run).Ours.Select(found => found.ToString()).Order(StringComparer.Ordinal)));
}
