// Writes into cases.json what the library tokenizers makes of the texts, put together as transformers' CLIPTokenizer does.
import { readFileSync, writeFileSync } from "node:fs";
import { Tokenizer } from "tokenizers";

const vocab = JSON.parse(readFileSync("vocab.json", "utf8"));
const merges = readFileSync("merges.txt", "utf8").trimEnd().split("\n").slice(1);
const [start, end] = ["<|startoftext|>", "<|endoftext|>"];
const special = (content, normalized) => ({ id: vocab[content], content, normalized, single_word: false, lstrip: false, rstrip: false, special: true });
const tokenizer = Tokenizer.fromString(JSON.stringify({
  version: "1.0",
  added_tokens: [special(start, false), special(end, false)],
  normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }] },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" }, behavior: "Removed", invert: true },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    ],
  },
  post_processor: { type: "RobertaProcessing", sep: [end, vocab[end]], cls: [start, vocab[start]], trim_offsets: false, add_prefix_space: false },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: { type: "BPE", dropout: null, unk_token: end, continuing_subword_prefix: "", end_of_word_suffix: "</w>", fuse_unk: false, byte_fallback: false, vocab, merges },
}));

const cases = [];
for (const [text] of JSON.parse(readFileSync("cases.json", "utf8")))
  cases.push([text, (await tokenizer.encode(text)).getIds().join(" ")]);
writeFileSync("cases.json", `[\n${cases.map(row => JSON.stringify(row)).join(",\n")}\n]\n`);
