namespace Afterimage.Models;

/// <summary>What pipelines' indices call their parts.</summary>
internal static class PartNames
{
    public const string ImageEncoder = "image_encoder";
    public const string ImageProcessor = "image_processor";
    public const string Scheduler = "scheduler";
    public const string TextEncoder = "text_encoder";
    public const string Tokenizer = "tokenizer";
    public const string Transformer = "transformer";
    public const string Vae = "vae";

    /// <summary>Whether a part has weights.</summary>
    public static bool IsModel(string part) => part is not (Scheduler or ImageProcessor) && !IsTokenizer(part);

    /// <summary>Names of tokenizers begin with <see cref="Tokenizer"/>, as <c>tokenizer_2</c>.</summary>
    public static bool IsTokenizer(string part) => part.StartsWith(Tokenizer, StringComparison.Ordinal);
}
