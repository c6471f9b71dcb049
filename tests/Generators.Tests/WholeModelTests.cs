using Afterimage.Generators.Tests.Driving;

namespace Afterimage.Generators.Tests;

/// <summary>What may be marked [Latents], [Prompt] and [ChangeIndicator], beyond the examples on the rules' pages. The token is between brackets with bars.</summary>
[TestClass]
public sealed class WholeModelTests
{
    [TestMethod]
    [DataRow("AFTER032", "[Latents] Tensor? [|x|], Tensor @class", "")]
    [DataRow("AFTER032", "[Latents] Tensor x, [Latents] Tensor [|@class|]", "")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private Tensor [|Change|](Tensor y) => y;")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private Tensor [|Change|](Tensor? x) => @class;")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private Tensor [|Change|](in Tensor x) => x;")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private Tensor [|Change|]<T>(Tensor x) => x;")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private Tensor? [|Change|](Tensor x) => x;")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private (Tensor, Tensor) [|Change|](Tensor x) => (x, x);")]
    [DataRow("AFTER031", "Tensor x, Tensor @class", "[ChangeIndicator] private Tensor Change(Tensor x) => x; [ChangeIndicator] private Tensor [|Again|](Tensor x) => x;")]
    public void Mark_ThatCannotBe_IsRefusedAtTheToken(string id, string parameters, string members)
    {
        var (code, starts) = MarkedCode.Read(Model(parameters, members).Replace("=> @class;", "=> new();", StringComparison.Ordinal));
        var (ours, _) = Analysis.Of(code);
        var found = ours.Select(found => (found.Id, found.Location.SourceSpan.Start)).Order().ToArray();
        Assert.AreSequenceEqual(starts.Select(start => (id, start)), found, string.Join("\n", ours));
    }

    [TestMethod]
    [DataRow("[Latents] Tensor x, Tensor @class", "", "ICachedModel.Latents => 0;")]
    [DataRow("Tensor x, [Latents] Tensor @class", "", "ICachedModel.Latents => 1;")]
    [DataRow("Tensor x, [Prompt] Tensor @class", "", "ICachedModel.Prompt => [1];")]
    [DataRow("[GuidanceBatch, Prompt] Tensor x, [Prompt, Latents] Tensor @class", "", "ICachedModel.Prompt => [0, 1];")]
    [DataRow("Tensor x, Tensor @class", "[ChangeIndicator] private static Tensor @event(Tensor @class) => @class;", "Decide(() => @event(step_.Input(1, @class)))")]
    [DataRow("[GuidanceBatch, Latents] Tensor x, Tensor @class", "[ChangeIndicator] private Tensor step(Tensor @class, Tensor x) => x;", "Decide(() => step(step_.Input(1, @class), step_.Batch(0, x)))")]
    [DataRow("Tensor x, Tensor step", "[ChangeIndicator] private Tensor Change() => this.scale;", "Decide(() => Change())")]
    public void Mark_ThatCanBe_IsCompiledAndCalled(string parameters, string members, string expected)
    {
        var run = GeneratorRun.Of(Model(parameters, members));
        var (ours, compilers) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers) + run.Files.Values.Single());
        Assert.Contains(expected.Replace("step_", run.Files.Values.Single().Contains("using var step1", StringComparison.Ordinal) ? "step1" : "step", StringComparison.Ordinal), run.Files.Values.Single());
    }

    private static string Model(string parameters, string members) => Analysis.InPrelude($$"""
        [CacheableModel]
        internal sealed partial class Model() : Module<Tensor, Tensor, Tensor>("model")
        {
            private readonly Tensor scale = ones(1);

            public override partial Tensor forward({{parameters}});

            [CachedForward]
            private Tensor Compute({{System.Text.RegularExpressions.Regex.Replace(parameters, @"\[\|?[A-Z][A-Za-z, ]*\] |\[\||\|\]", "")}}) => scale;

            {{members}}
        }
        """);
}
