using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Afterimage.Generators.Tests;

/// <summary>Every rule has a page whose wrong code triggers it, at one token, and whose right code triggers nothing.</summary>
[TestClass]
public sealed class RulePageTests
{
    private static readonly Dictionary<string, string> s_tokens = new()
    {
        ["AFTER001"] = "Block",
        ["AFTER002"] = "Block",
        ["AFTER003"] = "Block",
        ["AFTER004"] = "ComputeTwice",
        ["AFTER005"] = "Compute",
        ["AFTER006"] = "Compute",
        ["AFTER008"] = "\"atn\"",
        ["AFTER009"] = "nameof(scale)",
        ["AFTER010"] = "nameof(attn)",
        ["AFTER011"] = "nameof(d)",
        ["AFTER012"] = "nameof(attn)",
        ["AFTER013"] = "attn",
        ["AFTER014"] = "attn",
        ["AFTER015"] = "attn",
        ["AFTER016"] = "forward",
        ["AFTER017"] = "attn",
        ["AFTER018"] = "mul_",
        ["AFTER019"] = "Scaled",
        ["AFTER020"] = "t",
        ["AFTER021"] = "Block",
        ["AFTER022"] = "return",
        ["AFTER023"] = "Normalize",
        ["AFTER024"] = "timestep",
        ["AFTER025"] = "(Tensor, Tensor)",
        ["AFTER026"] = "nameof(attn)",
        ["AFTER027"] = "Squash",
        ["AFTER028"] = "Block",
        ["AFTER029"] = "Logged",
        ["AFTER030"] = "+",
        ["AFTER031"] = "Indicator",
        ["AFTER032"] = "t",
        ["AFTER033"] = "x",
        ["AFTER034"] = "x",
        ["AFTER035"] = "add_",
        ["AFTER036"] = "nameof(blocks)",
        ["AFTER037"] = "nameof(block)",
        ["AFTER038"] = "blocks",
        ["AFTER039"] = "last",
        ["AFTER040"] = "strength",
        ["AFTER041"] = "BlockOutput",
        ["AFTER042"] = "\"tokens\"",
    };

    // Wrong for what it is compiled as.
    private static readonly Dictionary<string, LanguageVersion> s_languages = new() { ["AFTER028"] = LanguageVersion.CSharp11 };

    public static IEnumerable<object[]> Ids => Rules.All.Select(rule => new object[] { rule.Id });

    [TestMethod]
    [DynamicData(nameof(Ids))]
    public void WrongCode_TriggersTheRuleAtItsToken(string id)
    {
        var text = Analysis.InPrelude(RulePage.Read(id).Wrong);
        var language = s_languages.GetValueOrDefault(id, Compilations.ParseOptions.LanguageVersion);
        var compilation = Compilations.Of(Compilations.ParseOptions.WithLanguageVersion(language), ("Sample.cs", text));
        var (ours, compilers) = Analysis.Of(GeneratorRun.Of(compilation), AnalyzerOf(id));
        var marked = text[..text.IndexOf($"// {id}", StringComparison.Ordinal)].Count(c => c == '\n');
        Assert.AreSequenceEqual([(id, marked, s_tokens[id])], ours.Select(Analysis.Describe));
        // A refused class compiles all the same, so that nothing hides our diagnostic.
        Assert.IsEmpty(compilers.Where(problem => problem.Severity == DiagnosticSeverity.Error), string.Join("\n", compilers));
    }

    [TestMethod]
    [DynamicData(nameof(Ids))]
    public void RightCode_TriggersNothing(string id)
    {
        var (ours, compilers) = Analysis.Of(GeneratorRun.Of(Analysis.InPrelude(RulePage.Read(id).Right)), AnalyzerOf(id));
        Assert.IsEmpty(ours, string.Join("\n", ours));
        Assert.IsEmpty(compilers, string.Join("\n", compilers));
    }

    private static DiagnosticAnalyzer AnalyzerOf(string id) => id == "AFTER030" ? new UnheldNumberAnalyzer() : new CachedForwardAnalyzer();

    [TestMethod]
    public void Index_ListsEveryPage()
    {
        var index = File.ReadAllText(Path.Combine(RulePage.Folder, "README.md"));
        foreach (var rule in Rules.All)
        {
            Assert.Contains($"| [{rule.Id}]({rule.Id}.md) | {rule.Title} |", index);
            StringAssert.StartsWith(File.ReadAllText(Path.Combine(RulePage.Folder, $"{rule.Id}.md")), $"# {rule.Id}: {rule.Title}\n");
            Assert.AreEqual($"docs/diagnostics/{rule.Id}.md", rule.HelpLinkUri);
        }

        Assert.HasCount(Rules.All.Length + 1, Directory.GetFiles(RulePage.Folder));
    }
}
