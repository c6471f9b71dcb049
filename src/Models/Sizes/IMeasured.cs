namespace Afterimage.Models;

/// <summary>What can say, by arithmetic, how much memory it takes.</summary>
internal interface IMeasured
{
    /// <summary>What a forward of this input holds at most.</summary>
    Footprint Measure(Extent input);
}
