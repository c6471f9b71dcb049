"use strict";
const by = id => document.getElementById(id);
const headers = () => by("key").value ? { Authorization: `Bearer ${by("key").value}` } : {};

// Texts of answers are set as text, and never as HTML: prompts are anybody's.
async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } });
  if (!answer.ok) {
    const body = await answer.json().catch(() => null);
    throw new Error(body?.error?.message ?? `${answer.status} ${answer.statusText}`);
  }
  return answer;
}

async function showModels() {
  try {
    const { data, caches } = await (await ask("/v1/models")).json();
    by("model").replaceChildren(...data.filter(model => model.makes === "videos").map(model => new Option(model.id)));
    by("cache").replaceChildren(...caches.map(cache => new Option(cache, cache, cache === "pab", cache === "pab")));
    by("error").textContent = "";
  } catch (error) {
    by("error").textContent = error.message;
  }
}

function newPanel(title) {
  const panel = document.createElement("section");
  const [heading, bar, state] = ["h2", "progress", "p"].map(name => panel.appendChild(document.createElement(name)));
  heading.textContent = title;
  bar.max = 100;
  bar.value = 0;
  by("films").append(panel);
  return { panel, bar, state };
}

async function* eventsOf(id) {
  const reader = (await ask(`/v1/videos/${id}/events`)).body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      return;
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const data = part.split("\n").find(line => line.startsWith("data: "));
      if (data)
        yield JSON.parse(data.slice(6));
    }
  }
}

function stateOf(job) {
  if (job.status === "failed")
    return job.error.message;
  if (job.status === "completed")
    return `${job.inference_time_s.toFixed(1)} s`;
  const end = job.estimated_completed_at ? `, done at about ${new Date(1000 * job.estimated_completed_at).toLocaleTimeString()}` : "";
  return job.status === "queued" ? `${job.queue_position ?? "some"} before it${end}` : `${job.stage ?? "loading"}, ${job.progress} %${end}`;
}

async function showFilm(job, panel) {
  const film = await (await ask(`/v1/videos/${job.id}/content`)).blob();
  const shown = document.createElement(film.type.startsWith("video/") ? "video" : "img");
  if (shown.tagName === "VIDEO")
    Object.assign(shown, { controls: true, loop: true, muted: true, autoplay: true });
  shown.src = URL.createObjectURL(film);
  panel.append(shown);
}

async function showPlan(job) {
  const answer = await ask(`/v1/videos/${job.id}/plan`, { headers: { Accept: "image/png" } });
  by("plan").querySelector("img").src = URL.createObjectURL(await answer.blob());
  const plan = await (await ask(`/v1/videos/${job.id}/plan`)).json();
  by("plan").querySelector("figcaption").textContent = `${(100 * plan.flops_saved).toFixed(1)} % of the operations saved, ${(plan.history_bytes / 2 ** 20).toFixed(1)} MiB of history`;
  by("plan").hidden = false;
}

async function generate(cache) {
  const { panel, bar, state } = newPanel(cache === "none" ? "without a cache" : cache);
  const asked = { model: by("model").value, prompt: by("prompt").value, num_inference_steps: by("steps").value, seed: by("seed").value, cache };
  if (by("size").value)
    asked.size = by("size").value;
  if (by("frames").value)
    asked.num_frames = by("frames").value;
  let job = await (await ask("/v1/videos", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) })).json();
  if (cache !== "none")
    await showPlan(job);
  for await (job of eventsOf(job.id)) {
    bar.value = job.progress;
    state.textContent = stateOf(job);
  }
  if (job.status === "completed")
    await showFilm(job, panel);
}

by("request").addEventListener("submit", async event => {
  event.preventDefault();
  by("films").replaceChildren();
  by("plan").hidden = true;
  by("error").textContent = "";
  by("go").disabled = true;
  const cache = by("cache").value;
  const caches = by("compare").checked && cache !== "none" ? ["none", cache] : [cache];
  try {
    await Promise.all(caches.map(generate));
  } catch (error) {
    by("error").textContent = error.message;
  } finally {
    by("go").disabled = false;
  }
});
by("key").addEventListener("change", showModels);
showModels();
