namespace Afterimage;

/// <summary>How a site's value comes about at one forward.</summary>
public enum SiteAction
{
    /// <summary>The site's own forward runs.</summary>
    Compute,

    /// <summary>The newest kept result is handed out.</summary>
    Reuse,

    /// <summary>A linear combination of the kept results is handed out, and becomes the newest of them.</summary>
    Combine,
}
