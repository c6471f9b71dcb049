using System.Globalization;
using System.Text;
using Afterimage;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>Takes a stage of training from step to step, keeps its losses, and saves and finds again where it is.</summary>
/// <param name="name">The stage, for its files.</param>
/// <param name="folder">Where these are.</param>
/// <param name="weights">What is trained.</param>
/// <param name="steps">How many steps there are in all.</param>
/// <param name="peakLearningRate">The learning rate after warming up, from which it falls along a cosine.</param>
internal sealed class TrainingLoop(string name, string folder, TrainedWeights weights, int steps, double peakLearningRate)
{
    private const int StepsPerLoss = 10; // in the table of losses

    private readonly List<float> _losses = [];

    private string StateFile => Path.Combine(folder, name + ".state");

    /// <summary>The losses of all steps done.</summary>
    public IReadOnlyList<float> Losses => _losses;

    /// <summary>Goes on where a saved state is, if there is one.</summary>
    /// <exception cref="InvalidDataException">The state is of other options.</exception>
    public void Resume()
    {
        if (!File.Exists(StateFile))
            return;
        using var reader = new BinaryReader(File.OpenRead(StateFile));
        var (savedSteps, done) = (reader.ReadInt32(), reader.ReadInt32());
        if (savedSteps != steps)
            throw new InvalidDataException($"{StateFile}: expected training of {steps} steps, found one of {savedSteps}. Use its options, or another folder.");
        for (var i = 0; i < done; i++)
            _losses.Add(reader.ReadSingle());
        weights.Load(reader);
    }

    /// <summary>Trains until all steps are done, or until it is cancelled; saves in either case.</summary>
    /// <param name="loss">The loss of a step, given its number; it is called in a dispose scope of its own.</param>
    /// <param name="saveEvery">Steps between two saved states.</param>
    /// <param name="progress">Told every step.</param>
    /// <param name="afterSave">Told the number of steps done, after each saved state.</param>
    /// <param name="cancellationToken">Looked at before every step.</param>
    public void Run(
        Func<int, Tensor> loss, int saveEvery, IProgress<TrainingProgress> progress, Action<int> afterSave, CancellationToken cancellationToken)
    {
        for (var step = _losses.Count; step < steps; step++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Save();
                cancellationToken.ThrowIfCancellationRequested();
            }

            using (NewDisposeScope())
            {
                var value = loss(step);
                value.backward();
                weights.Step(step, LearningRate(step));
                _losses.Add(value.item<float>());
            }

            progress.Report(new TrainingProgress(name, step + 1, steps, _losses.TakeLast(50).Average()));
            if ((step + 1) % saveEvery != 0 && step + 1 != steps)
                continue;
            Save();
            afterSave(step + 1);
        }
    }

    private double LearningRate(int step)
    {
        const double Last = 0.02;
        var warmUp = Math.Min(200, steps / 20 + 1);
        if (step < warmUp)
            return peakLearningRate * (step + 1) / warmUp;
        var share = (step - warmUp) / (double)Math.Max(1, steps - warmUp);
        return peakLearningRate * (Last + (1 - Last) * (1 + Math.Cos(Math.PI * share)) / 2);
    }

    /// <summary>Replaces the state before once it is whole, so that an interrupted save loses nothing.</summary>
    private void Save()
    {
        Directory.CreateDirectory(folder);
        WholeFile.Write(StateFile, stream =>
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            writer.Write(steps);
            writer.Write(_losses.Count);
            _losses.ForEach(writer.Write);
            weights.Save(writer);
        });
        WholeFile.WriteText(Path.Combine(folder, name + ".csv"), string.Concat(
            _losses.Chunk(StepsPerLoss).Select((chunk, i) => string.Create(CultureInfo.InvariantCulture, $"{i * StepsPerLoss + chunk.Length},{chunk.Average():G6}\n"))
                .Prepend("step,loss\n")));
    }
}
