namespace Afterimage.Generators.Model;

/// <summary>A site and where its result goes.</summary>
/// <param name="Member">The member that holds the module.</param>
/// <param name="Kind">The member of <c>SiteKind</c>.</param>
/// <param name="Statement">The index of the statement that calls it.</param>
/// <param name="Using">Whether that statement is a <c>using</c> declaration.</param>
/// <param name="Whole">The variable that receives a tuple whole, if one does.</param>
/// <param name="Elements">The tensors of the result; of a stack the variables that its loop writes.</param>
/// <param name="Inlined">What is computed inside its arguments, each on one line, for comments; of a stack its loop.</param>
/// <param name="Loop">Set on a stack.</param>
internal sealed record SiteSpec(
    string Member, string Kind, int Statement, bool Using, SiteElement? Whole, EquatableArray<SiteElement> Elements, EquatableArray<string> Inlined,
    LoopSpec? Loop = null);
