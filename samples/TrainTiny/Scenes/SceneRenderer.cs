using Afterimage;
using Afterimage.Video.MovingShapes;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace TrainTiny.Scenes;

/// <summary>Draws scenes as clips of <see cref="Frames"/> frames of <see cref="Side"/> × <see cref="Side"/> pixels.</summary>
public static class SceneRenderer
{
    /// <summary>How many frames a clip has.</summary>
    public const int Frames = 17;

    /// <summary>The width and the height of a clip, in pixels.</summary>
    public const int Side = 64;

    // Ways begin and end on the grid of the autoencoder's latents, 8 pixels wide: a small model learns to choose one of some places sooner
    // than to choose any.
    private const float Grid = 8;
    private const float LeastGap = 4; // between two shapes

    /// <summary>[frames, 3, height, width] in [0, 1], float32. The caller owns it.</summary>
    public static Tensor Render(Scene scene)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var paint = new SKPaint { Color = Color(ShapePalette.Of(scene.Color)), IsAntialias = true };
        var ground = Color(GroundOf(scene));
        var bytes = new byte[Frames * Side * Side * 4];
        for (var frame = 0; frame < Frames; frame++)
        {
            surface.Canvas.Clear(ground);
            foreach (var center in Centers(scene, frame))
                Draw(surface.Canvas, paint, scene.Kind, center, Radius(scene.Size));
            using var pixels = surface.PeekPixels();
            pixels.GetPixelSpan().CopyTo(bytes.AsSpan(frame * Side * Side * 4));
        }

        using var scope = NewDisposeScope();
        var rgba = tensor(bytes, [Frames, Side, Side, 4], ScalarType.Byte);
        return rgba.narrow(3, 0, 3).permute(0, 3, 1, 2).to(ScalarType.Float32).Over(255).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Red, green and blue of a scene's ground, in [0, 1].</summary>
    public static float[] Ground(Scene scene)
    {
        var (red, green, blue) = GroundOf(scene);
        return [red / 255f, green / 255f, blue / 255f];
    }

    private static (byte Red, byte Green, byte Blue) GroundOf(Scene scene) =>
        scene.IsGroundLight ? ShapePalette.LightGround : ShapePalette.DarkGround;

    /// <summary>In pixels from the top left; y grows downwards.</summary>
    private static IEnumerable<SKPoint> Centers(Scene scene, int frame)
    {
        var radius = Radius(scene.Size);
        var way = PixelsPerFrame(scene.Speed) * (Frames - 1);
        var travelled = PixelsPerFrame(scene.Speed) * frame;
        var forwards = scene.Direction is ShapeDirection.Right or ShapeDirection.Down;
        var first = radius + OnGrid(scene.Start.Along, Side - 2 * radius - way);
        var along = forwards ? first + travelled : first + way - travelled;

        var apart = Grid * MathF.Ceiling((2 * radius + LeastGap) / Grid);
        var breadth = 2 * radius + (scene.Count - 1) * apart;
        for (var i = 0; i < scene.Count; i++)
        {
            var across = radius + OnGrid(scene.Start.Across, Side - breadth) + i * apart;
            yield return scene.Direction is ShapeDirection.Left or ShapeDirection.Right ? new SKPoint(along, across) : new SKPoint(across, along);
        }
    }

    /// <summary>The place on the grid that is a share of a space, from 0 to 1, away from its edge.</summary>
    private static float OnGrid(double share, float space)
    {
        var last = Math.Floor(space / Grid);
        return Grid * (float)Math.Min(last, Math.Floor(share * (last + 1)));
    }

    private static void Draw(SKCanvas canvas, SKPaint paint, ShapeKind kind, SKPoint center, float radius)
    {
        switch (kind)
        {
            case ShapeKind.Circle:
                canvas.DrawCircle(center, radius, paint);
                break;
            case ShapeKind.Square:
                canvas.DrawRect(center.X - radius, center.Y - radius, 2 * radius, 2 * radius, paint);
                break;
            default:
                using (var triangle = new SKPath())
                {
                    triangle.AddPoly(
                        [
                            new SKPoint(center.X, center.Y - radius),
                            new SKPoint(center.X + radius, center.Y + radius),
                            new SKPoint(center.X - radius, center.Y + radius),
                        ],
                        close: true);
                    canvas.DrawPath(triangle, paint);
                }
                break;
        }
    }

    private static float Radius(ShapeSize size) => size switch
    {
        ShapeSize.Small => 8,
        ShapeSize.Medium => 10,
        _ => 12,
    };

    private static float PixelsPerFrame(ShapeSpeed speed) => speed switch
    {
        ShapeSpeed.Slow => 1,
        ShapeSpeed.Medium => 1.5f,
        _ => 2,
    };

    private static SKColor Color((byte Red, byte Green, byte Blue) color) => new(color.Red, color.Green, color.Blue);
}
