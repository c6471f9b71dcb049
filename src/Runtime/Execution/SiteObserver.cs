using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>Told of a value of a site that a run keeps.</summary>
/// <param name="site">The site's place in the plan; <see cref="IndicatorObservation.Place"/> for the model's indicator of change, which is none.</param>
/// <param name="tensor">Which of the site's tensors it is; of guidance 0 for the low frequencies and 1 for the high ones.</param>
/// <param name="value">What is kept: of a stack or a model what was added. It stays the run's.</param>
internal delegate void SiteObserver(int site, int tensor, Tensor value);
