using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Afterimage.Generators.Diagnostics;

/// <summary>Links rules to their pages, which travel in the package; the build says where it was unpacked.</summary>
internal static class RulePages
{
    /// <summary>The folder of the pages, with a separator at its end.</summary>
    public const string Folder = "build_property.AfterimageRulePages";

    /// <summary>The rule with a link that opens its page; as it is where the build says nothing.</summary>
    public static DiagnosticDescriptor Linked(this DiagnosticDescriptor rule, AnalyzerOptions options) =>
        options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue(Folder, out var folder)
        && Uri.TryCreate($"{folder}{rule.Id}.md", UriKind.Absolute, out var page)
            ? LinkedTo(rule, page.AbsoluteUri)
            : rule;

#pragma warning disable RS1017, RS1019 // The id is the rule's own.
    private static DiagnosticDescriptor LinkedTo(DiagnosticDescriptor rule, string link) => new(
        rule.Id, rule.Title, rule.MessageFormat, rule.Category, rule.DefaultSeverity, rule.IsEnabledByDefault, rule.Description, link,
        [.. rule.CustomTags]);
#pragma warning restore RS1017, RS1019
}
