namespace Afterimage;

/// <summary>How a site's value comes about at one forward.</summary>
public enum SiteAction
{
    /// <summary>The site's own forward runs.</summary>
    Compute,

    /// <summary>The newest kept result is handed out.</summary>
    Reuse,

    /// <summary>A linear combination of what is kept is handed out.</summary>
    Combine,

    /// <summary>The site is not asked for a value: a stack around it is skipped, or the only one that reads it.</summary>
    LeftOut,
}
