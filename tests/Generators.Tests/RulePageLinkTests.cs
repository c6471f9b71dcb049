using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Afterimage.Generators.Diagnostics;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Afterimage.Generators.Tests;

/// <summary>A diagnostic links to a page that is there.</summary>
[TestClass]
public sealed class RulePageLinkTests
{
    [TestMethod]
    public void Link_OpensThePageWhereTheBuildSaysItIs()
    {
        var found = Refused(RulePage.Folder + Path.DirectorySeparatorChar);
        var link = new Uri(found.Descriptor.HelpLinkUri);
        Assert.IsTrue(link.IsFile);
        StringAssert.StartsWith(File.ReadAllText(link.LocalPath), "# AFTER008: ");
        Assert.AreEqual(Rules.NoSuchMember.MessageFormat, found.Descriptor.MessageFormat);
        Assert.AreEqual(DiagnosticSeverity.Error, found.Severity);
    }

    [TestMethod]
    public void Links_OfAllRules_OpenTheirPages()
    {
        var options = new AnalyzerOptions([], new Options(RulePage.Folder + Path.DirectorySeparatorChar));
        foreach (var rule in Rules.All)
        {
            var link = new Uri(rule.Linked(options).HelpLinkUri);
            StringAssert.StartsWith(File.ReadAllText(link.LocalPath), $"# {rule.Id}: {rule.Title}\n");
        }
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow("")]
    public void Link_OfABuildThatSaysNothing_NamesThePage(string? folder) =>
        Assert.AreEqual("docs/diagnostics/AFTER008.md", Refused(folder).Descriptor.HelpLinkUri);

    private static Diagnostic Refused(string? folder)
    {
        var output = GeneratorRun.Of(Analysis.InPrelude(RulePage.Read("AFTER008").Wrong)).Output;
        var options = new AnalyzerOptions([], new Options(folder));
        return output.WithAnalyzers([new CachedForwardAnalyzer()], options).GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult().Single();
    }

    private sealed class Options(string? folder) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(folder);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Values(null);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Values(null);
    }

    private sealed class Values(string? folder) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key == RulePages.Folder ? folder : null;
            return value is not null;
        }
    }
}
