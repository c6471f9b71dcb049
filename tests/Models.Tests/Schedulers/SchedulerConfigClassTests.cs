namespace Afterimage.Models.Tests;

[TestClass]
public sealed class SchedulerConfigClassTests
{
    // As CogVideoX1.5-5B is published.
    private const string OfDdim = """
        {"_class_name": "CogVideoXDDIMScheduler", "_diffusers_version": "0.32.0.dev0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
         "beta_start": 0.00085, "clip_sample": false, "clip_sample_range": 1.0, "num_train_timesteps": 1000, "prediction_type": "v_prediction",
         "rescale_betas_zero_snr": true, "sample_max_value": 1.0, "set_alpha_to_one": true, "snr_shift_scale": 1.0, "steps_offset": 0,
         "timestep_spacing": "trailing", "trained_betas": null}
        """;

    [TestMethod]
    public void FromFile_OfAnotherSchedulersConfig_ReadsItAsTheClassAskedFor()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["scheduler_config.json"], OfDdim);
        CogVideoXDPMScheduler? scheduler = null;

        Assert.IsEmpty(Warnings.Of(() => scheduler = CogVideoXDPMScheduler.FromFile(folder["scheduler_config.json"])));

        scheduler!.SetTimesteps(4);
        Assert.AreEqual("999, 749, 499, 249", string.Join(", ", scheduler.Timesteps));
        Assert.AreEqual(1.0, scheduler.Config.SnrShiftScale);
    }

    [TestMethod]
    public void FromJson_AcrossFamilies_IsRefused()
    {
        const string flow = """{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}""";
        Assert.Contains("found 'FlowMatchEulerDiscreteScheduler'", Assert.ThrowsExactly<InvalidDataException>(() => DDIMScheduler.FromJson(flow)).Message);
        Assert.ThrowsExactly<InvalidDataException>(() => FlowMatchEulerDiscreteScheduler.FromJson(OfDdim));
        Assert.ThrowsExactly<InvalidDataException>(() => DDIMScheduler.FromJson("""{"_class_name": "CogVideoXTransformer3DModel"}"""));
    }
}
