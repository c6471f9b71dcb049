namespace Afterimage.Models;

/// <summary>What all configs that diffusers writes read and write alike: <c>WanTransformer3DModelConfig.FromFile(path)</c>.</summary>
public static class ConfigFiles
{
    extension<TConfig>(TConfig) where TConfig : PretrainedConfig, INamedConfig
    {
        /// <summary>
        /// Reads a <c>config.json</c>. Keys that are no settings are warned of (<see cref="System.Diagnostics.Trace"/>), and kept for saving;
        /// those that begin with an underscore are ignored, but for a wrong <c>_class_name</c>.
        /// </summary>
        /// <exception cref="FileNotFoundException">There is no such file.</exception>
        /// <exception cref="InvalidDataException">It is no such config, or a value is not one of this config; the message names it and the file.</exception>
        /// <exception cref="NotSupportedException">It asks for something that is not here; the message names the file and the key.</exception>
        public static TConfig FromFile(string path) => JsonConfig.FromFile<TConfig>(path, TConfig.ClassName);

        /// <summary>Reads a config from the text of a file.</summary>
        /// <exception cref="InvalidDataException">A value is not one of this config; the message names it.</exception>
        public static TConfig FromJson(string json) => JsonConfig.Parse<TConfig>(json, TConfig.ClassName, "config");
    }

    extension<TConfig>(TConfig config) where TConfig : PretrainedConfig, INamedConfig
    {
        /// <summary>The text of a <c>config.json</c>, as diffusers writes and reads it.</summary>
        public string ToJson() => JsonConfig.Write(config, TConfig.ClassName);
    }
}
