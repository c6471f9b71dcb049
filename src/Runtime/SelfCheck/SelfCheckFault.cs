namespace Afterimage;

/// <summary>What a self-check found wrong.</summary>
public enum SelfCheckFault
{
    /// <summary>Nothing: bit for bit what the body gives.</summary>
    None,

    /// <summary>Two forwards of the body itself differ on the same input, so that no cache can equal it.</summary>
    NotRepeatable,

    /// <summary>The body writes into its inputs.</summary>
    InputsWritten,

    /// <summary>The output differs from the body's.</summary>
    OutputDiffers,

    /// <summary>The inputs are left in another state than the body leaves them in.</summary>
    InputsDiffer,

    /// <summary>Something wrote into a value that is kept for later forwards.</summary>
    HistoryWritten,

    /// <summary>More or fewer random numbers were drawn from torch's generator than the body draws.</summary>
    RandomStateDiffers,
}
