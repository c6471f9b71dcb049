namespace TrainTiny.Training;

/// <summary>The options that a folder's training began with, in <c>options.txt</c> beside its states.</summary>
internal static class TrainingRecord
{
    /// <summary>Writes the options of a training that begins, and refuses others where one has begun.</summary>
    /// <param name="folder">Where the states of training are.</param>
    /// <param name="options">What is asked for. Where it runs and how often it saves may change.</param>
    /// <exception cref="InvalidDataException">It began with other options.</exception>
    public static void Check(string folder, TrainingOptions options)
    {
        var path = Path.Combine(folder, "options.txt");
        var asked = Lines(options);
        if (File.Exists(path))
        {
            var begun = File.ReadAllLines(path);
            if (asked.Except(begun).ToList() is [_, ..] other)
                throw new InvalidDataException(
                    $"{path}: expected training of {string.Join(", ", other)}; found one of {string.Join(", ", begun.Except(asked))}. Use its options, or another folder.");
            return;
        }
        Directory.CreateDirectory(folder);
        // Beside, and renamed: an interrupted start leaves none, or a whole one.
        var unfinished = path + ".unfinished";
        File.WriteAllLines(unfinished, asked);
        File.Move(unfinished, path, overwrite: true);
    }

    private static string[] Lines(TrainingOptions options) =>
    [
        $"seed {options.Seed} (--seed)",
        $"{options.AutoencoderSteps} steps of the autoencoder (--autoencoder-steps) on {options.AutoencoderBatch} parts of clips",
        $"{options.DecoderSteps} steps of its decoder (--decoder-steps) on {options.DecoderBatch} clips",
        $"{options.Clips} clips (--clips)",
        $"{options.DenoiserSteps} steps of transformer and text encoder (--steps) on {options.DenoiserBatch} clips (--batch)",
        $"{options.Type} (--dtype)",
    ];
}
