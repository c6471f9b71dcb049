namespace Afterimage.Generators.Model;

/// <summary>A site and where its result goes.</summary>
/// <param name="Member">The member that holds the module.</param>
/// <param name="Kind">The member of <c>SiteKind</c>.</param>
/// <param name="Statement">The index of the statement that calls it, or loops over it.</param>
/// <param name="Using">Whether that statement is a <c>using</c> declaration.</param>
/// <param name="Whole">The variable that receives a tuple whole, if one does.</param>
/// <param name="Elements">The tensors of the result.</param>
/// <param name="Inlined">What is left out with it, which has no statement of its own, each on one line, for comments.</param>
/// <param name="Loop">Set on a stack.</param>
internal sealed record SiteSpec(
    string Member, string Kind, int Statement, bool Using, SiteElement? Whole, EquatableArray<SiteElement> Elements, EquatableArray<string> Inlined,
    LoopSpec? Loop = null);
