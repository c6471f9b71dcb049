using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Pictures that a generation begins with. Source: diffusers <c>image_processor.py</c> (preprocess).</summary>
internal static class PictureInput
{
    /// <summary>Refuses what is no picture, or not as many as there are prompts.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void Check(Tensor? image, long prompts, string name)
    {
        if (image is null)
            throw new ArgumentException($"expected {name}: the picture that the video begins with", name);
        if (image.dim() is not (3 or 4) || image.size(-3) != 3 || image.shape.Contains(0) || !image.is_floating_point())
            throw InputCheck.Bad("[3, height, width] or [prompts, 3, height, width], floating-point numbers", image, name);
        if (image.dim() == 4 && image.size(0) != 1 && image.size(0) != prompts)
            throw InputCheck.Bad($"1 picture or {prompts}, one for each prompt", image, name);
    }

    /// <summary>Pictures in [−1, 1], of a size: [pictures, 3, height, width], in the current dispose scope.</summary>
    /// <exception cref="NotFiniteNumberException">They are not finite.</exception>
    public static Tensor Prepare(Tensor image, int height, int width, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var pictures = (image.dim() == 3 ? image.unsqueeze(0) : image).MovedTo(ScalarType.Float32, device);
        FiniteCheck.Of(pictures, "The picture's values");
        if (pictures.size(2) != height || pictures.size(3) != width)
            pictures = nn.functional.interpolate(pictures, [height, width], mode: InterpolationMode.Nearest);
        return pictures.Times(2).Minus(1).to(dtype).MoveToOuterDisposeScope();
    }
}
