namespace Afterimage.Runtime.Tests.Planning;

/// <summary>
/// The hooks of diffusers step by step, on numbers in place of tensors: an oracle that knows nothing of plans. Statements stand
/// in the order of <c>hooks/pyramid_attention_broadcast.py</c> and <c>hooks/faster_cache.py</c>.
/// </summary>
internal static class DiffusersHooks
{
    /// <summary>PyramidAttentionBroadcastHook.new_forward.</summary>
    public sealed class Broadcast(TimestepRange timestepSkipRange, int blockSkipRange)
    {
        private int _iteration;
        private double? _cache;

        public (double Output, bool Computed) Forward(double timestep, Func<double> originalForward)
        {
            var isWithinTimestepRange = timestepSkipRange.Low < timestep && timestep < timestepSkipRange.High;
            var shouldCompute = _cache is null || _iteration == 0 || !isWithinTimestepRange || _iteration % blockSkipRange == 0;
            var output = shouldCompute ? originalForward() : _cache!.Value;
            _cache = output;
            _iteration += 1;
            return (output, shouldCompute);
        }
    }

    /// <summary>FasterCacheDenoiserHook.new_forward, with the difference's low and high frequencies as one number each.</summary>
    public sealed class FasterDenoiser(FasterCacheConfig config)
    {
        private int _iteration;
        private double _lowFrequencyDelta;
        private double _highFrequencyDelta;

        /// <summary>Whether the unconditional half is skipped; on a skipped forward the deltas that are added to the conditional half.</summary>
        public (bool Skipped, double Low, double High) Forward(CacheStep step, Func<(double Low, double High)> computedDeltas)
        {
            var range = config.UnconditionalBatchTimestepSkipRange;
            var isWithinTimestepRange = range.Low < step.Timestep && step.Timestep < range.High;
            var shouldSkipUncond = _iteration > 0
                && isWithinTimestepRange
                && _iteration % config.UnconditionalBatchSkipRange != 0
                && !config.IsGuidanceDistilled;
            if (config.IsGuidanceDistilled)
            {
                _iteration += 1;
                return (false, 0, 0);
            }
            if (shouldSkipUncond)
            {
                _lowFrequencyDelta *= LowFrequencyWeight(step);
                _highFrequencyDelta *= HighFrequencyWeight(step);
            }
            else
            {
                (_lowFrequencyDelta, _highFrequencyDelta) = computedDeltas();
            }
            _iteration += 1;
            return (shouldSkipUncond, _lowFrequencyDelta, _highFrequencyDelta);
        }

        private double LowFrequencyWeight(CacheStep step)
        {
            if (config.LowFrequencyWeightCallback is not null)
                return config.LowFrequencyWeightCallback(step);
            var range = config.LowFrequencyWeightUpdateTimestepRange;
            return range.Low < step.Timestep && step.Timestep < range.High ? config.AlphaLowFrequency : 1.0;
        }

        private double HighFrequencyWeight(CacheStep step)
        {
            if (config.HighFrequencyWeightCallback is not null)
                return config.HighFrequencyWeightCallback(step);
            var range = config.HighFrequencyWeightUpdateTimestepRange;
            return range.Low < step.Timestep && step.Timestep < range.High ? config.AlphaHighFrequency : 1.0;
        }
    }

    /// <summary>FasterCacheBlockHook.new_forward.</summary>
    public sealed class FasterBlock(int blockSkipRange, TimestepRange timestepSkipRange, FasterCacheConfig config)
    {
        private int _iteration;
        private int? _batchSize;
        private (double T2, double T)? _cache;

        public (double Output, bool Computed) Forward(CacheStep step, int batchSize, Func<double> originalForward)
        {
            _batchSize ??= batchSize;
            var isWithinTimestepRange = timestepSkipRange.Low < step.Timestep && step.Timestep < timestepSkipRange.High;
            bool shouldSkipAttention;
            if (!isWithinTimestepRange)
            {
                shouldSkipAttention = false;
            }
            else
            {
                var shouldComputeAttention = _iteration > 0 && _iteration % blockSkipRange == 0;
                shouldSkipAttention = !shouldComputeAttention;
            }
            if (shouldSkipAttention)
                shouldSkipAttention = config.IsGuidanceDistilled || _batchSize != batchSize;

            // Where diffusers reads an empty cache and fails, the site computes.
            shouldSkipAttention &= _cache is not null;

            double output;
            if (shouldSkipAttention)
            {
                var (t2, t) = _cache!.Value;
                output = t + (t - t2) * (config.AttentionWeightCallback?.Invoke(step) ?? 0.5);
            }
            else
            {
                output = originalForward();
            }
            _cache = _cache is null ? (output, output) : (_cache.Value.T, output);
            _iteration += 1;
            return (output, !shouldSkipAttention);
        }
    }
}
