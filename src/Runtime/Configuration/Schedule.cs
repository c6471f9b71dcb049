namespace Afterimage;

/// <summary>Forwards at which sites are computed, for <see cref="CacheMethodConfig.Computes"/>.</summary>
public static class Schedule
{
    /// <summary>Every n-th forward of a context, from the first.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is not positive.</exception>
    public static Func<CacheStep, bool> EveryNth(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        return step => step.Index % n == 0;
    }

    /// <summary>As <paramref name="inside"/> says within a range of timesteps, and at every forward outside of it.</summary>
    public static Func<CacheStep, bool> Within(TimestepRange range, Func<CacheStep, bool> inside) => step => !range.Contains(step.Timestep) || inside(step);

    /// <summary>The forwards of a context where a mask has a 1.</summary>
    /// <param name="mask">One digit per forward, 1 or 0.</param>
    /// <exception cref="ArgumentException">There are other characters in it, or none.</exception>
    public static Func<CacheStep, bool> Mask(string mask)
    {
        if (mask.Length == 0 || mask.Any(digit => digit is not ('0' or '1')))
            throw new ArgumentException($"Expected a mask of digits 0 and 1, got \"{mask}\".", nameof(mask));
        return step => step.Index < mask.Length
            ? mask[step.Index] == '1'
            : throw new InvalidOperationException($"The mask has {mask.Length} digits, and the run has more forwards. Give one digit per forward.");
    }

    /// <summary>The first forwards of a context, and of the others those that <paramref name="after"/> says.</summary>
    public static Func<CacheStep, bool> AfterWarmup(int forwards, Func<CacheStep, bool> after) => step => step.Index < forwards || after(step);
}
