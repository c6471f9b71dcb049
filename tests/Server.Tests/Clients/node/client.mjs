// Creates, polls, lists, downloads and deletes a film with OpenAI's client; prints what it saw.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: process.argv[3], maxRetries: 0 });
let job = await client.videos.create({
  model: "moving-shapes", prompt: "a red circle moving left", seconds: "1", size: "32x32",
  extra_params: JSON.stringify({ num_inference_steps: 2, fps: 5 }),
});
const statuses = new Set([job.status]);
while (job.status === "queued" || job.status === "in_progress") {
  job = await client.videos.retrieve(job.id);
  statuses.add(job.status);
}
const ids = [];
for await (const each of client.videos.list())
  ids.push(each.id);
const film = Buffer.from(await (await client.videos.downloadContent(job.id)).arrayBuffer());
const thumbnail = Buffer.from(await (await client.videos.downloadContent(job.id, { variant: "thumbnail" })).arrayBuffer());
const deleted = await client.videos.delete(job.id);
let gone = null;
try {
  await client.videos.retrieve(job.id);
} catch (error) {
  gone = { status: error.status, code: error.code, type: error.type, name: error.constructor.name };
}
console.log(JSON.stringify({ status: job.status, progress: job.progress, seconds: job.seconds, listed: ids.includes(job.id), film: film.length, png: thumbnail.subarray(1, 4).toString(), deleted: deleted.deleted, gone }));
