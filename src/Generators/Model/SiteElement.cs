namespace Afterimage.Generators.Model;

/// <summary>One tensor of a site's result.</summary>
/// <param name="Variable">The variable that receives it; empty for a discard.</param>
/// <param name="Declaration">The type the variable is declared with here; empty if it exists already.</param>
/// <param name="TupleName">Its name in a tuple that is received whole; empty if it has none.</param>
internal sealed record SiteElement(string Variable, string Declaration, string TupleName);
