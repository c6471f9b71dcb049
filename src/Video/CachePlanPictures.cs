namespace Afterimage.Video;

/// <summary>Pictures of plans.</summary>
public static class CachePlanPictures
{
    /// <summary>
    /// Draws a plan as a PNG: steps from left to right, sites from top to bottom, colours for what happens, and a legend with
    /// counts. Needs no font of the system.
    /// </summary>
    public static void DrawPng(this CachePlan plan, Stream stream) => PlanPicture.Draw(plan, stream);

    /// <summary>Writes what <see cref="DrawPng"/> draws to a file, whole or not at all.</summary>
    /// <inheritdoc cref="WholeFile.CheckTarget" path="/exception"/>
    public static void SavePng(this CachePlan plan, string path) => WholeFile.Write(path, plan.DrawPng);
}
