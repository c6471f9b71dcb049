using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis.CSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>Every keyword as every kind of name, in every encoding and with every line end: compiled, and run with and without a cache.</summary>
[TestClass]
public sealed class MatrixTests
{
    private static readonly MatrixFile[] s_files =
    [
        .. SyntaxFacts.GetKeywordKinds().Select(SyntaxFacts.GetText)
            .Where(name => name != "_" && SyntaxFacts.IsValidIdentifier(name))
            .Concat(["Plain", "größe", "日本語", "_", "HookRemover"])
            .Distinct()
            .Select((name, number) => new MatrixFile(number, name)),
    ];

    [TestMethod]
    public void EveryName_RunsCachedAsItRunsUncached()
    {
        Assert.IsGreaterThan(120, s_files.Length);
        var run = GeneratorRun.Of(Compilations.Of(s_files.SelectMany(file => file.Parse())));
        var (ours, _) = Analysis.Of(run);
        Assert.IsEmpty(ours, string.Join("\n", ours.Select(found => $"{found.Location.GetLineSpan()} {found}")));
        Assert.HasCount(4 * s_files.Length, run.Files);
        var assembly = EmittedAssembly.Of(run);
        using var guard = no_grad();
        foreach (var file in s_files)
        {
            using var scope = NewDisposeScope();
            AssertRuns(assembly, file);
        }
    }

    private static void AssertRuns(EmittedAssembly assembly, MatrixFile file)
    {
        var model = assembly.New<nn.Module<Tensor, Tensor>>($"{file.Namespace}.Model");
        model.eval();
        var seen = assembly.TypeNamed($"{file.Namespace}.Seen").GetField("Text")!;
        var x = rand(2, 2);
        var (plain, said) = Forward();
        Assert.Contains("größe", said);
        Assert.Contains("日本語", said);
        Assert.DoesNotContain("never", said);
        Assert.AreEqual(2, said.Split("inner@").Length, said);

        var cacheable = (ICacheableModel)model;
        for (var time = 0; time < 2; time++)
        {
            cacheable.EnableCache(new PyramidAttentionBroadcastConfig
            {
                SpatialAttentionBlockSkipRange = 2,
                TemporalAttentionBlockSkipRange = 2,
                CrossAttentionBlockSkipRange = 2,
            });
            using (var run = cacheable.BeginRun([700, 600, 500, 400]))
            {
                for (var step = 0; step < 4; step++)
                {
                    var (cached, heard) = Forward();
                    Assert.AreEqual(said, heard, $"{file}, step {step}");
                    Assert.IsTrue(plain.equal(cached).all().item<bool>(), $"{file}, step {step}");
                }

                Assert.AreEqual(6, run.Plan!.Rows.Sum(row => row.Cells.Count(cell => cell.Action == SiteAction.Reuse)), $"{file}");
            }

            cacheable.DisableCache();
        }

        model.Dispose();

        (Tensor Result, string Said) Forward()
        {
            seen.SetValue(null, string.Empty);
            var result = model.forward(x);
            return (result, (string)seen.GetValue(null)!);
        }
    }
}
