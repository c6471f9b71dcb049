namespace Afterimage.Models;

/// <summary>Which half of classifier-free guidance a call of the transformer makes.</summary>
internal enum GuidanceBranch
{
    /// <summary>What follows the prompt.</summary>
    Conditional,

    /// <summary>What follows the negative prompt.</summary>
    Unconditional,

    /// <summary>Both in one batch, the unconditional one first.</summary>
    Both,
}
