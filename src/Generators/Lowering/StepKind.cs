namespace Afterimage.Generators.Lowering;

/// <summary>What is emitted for a statement.</summary>
internal enum StepKind
{
    /// <summary>Nothing but the declarations that others need.</summary>
    Omit,

    /// <summary>The author's text.</summary>
    Author,

    /// <summary>The author's call or loop of a site, and the keeping of its result.</summary>
    Keep,

    /// <summary>The site's value from its history.</summary>
    Take,

    /// <summary>A stack that may be left after its first blocks.</summary>
    Gate,
}
