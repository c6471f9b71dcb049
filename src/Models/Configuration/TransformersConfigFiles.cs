namespace Afterimage.Models;

/// <summary>What all configs that transformers writes read and write alike: <c>T5EncoderModelConfig.FromFile(path)</c>.</summary>
public static class TransformersConfigFiles
{
    extension<TConfig>(TConfig) where TConfig : PretrainedConfig, ITransformersConfig
    {
        /// <summary>Reads a <c>config.json</c>. Keys that are no settings are kept for saving, and told of where they look like a misspelled one.</summary>
        /// <exception cref="FileNotFoundException">There is no such file.</exception>
        /// <exception cref="InvalidDataException">It is no config, or a value is not one of this config; the message names it and the file.</exception>
        /// <exception cref="NotSupportedException">It asks for something that is not here; the message names the file and the key.</exception>
        public static TConfig FromFile(string path) => JsonConfig.FromTransformersFile<TConfig>(path, TConfig.KeyInWhole);
    }

    extension<TConfig>(TConfig config) where TConfig : PretrainedConfig, ITransformersConfig
    {
        /// <summary>The text of a <c>config.json</c>, as transformers reads it.</summary>
        public string ToJson() => JsonConfig.WriteTransformers(config, config.ClassName);
    }
}
