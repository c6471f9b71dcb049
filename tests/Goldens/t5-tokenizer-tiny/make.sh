#!/usr/bin/env bash
# Makes spiece.model from corpus.txt, and ids.txt from texts.txt, with SentencePiece's own spm_train and spm_encode;
# and the cases of this model and of the one with bytes.
set -eu
cd "$(dirname "$0")"
spm_train --input=corpus.txt --model_prefix=spiece --model_type=unigram --vocab_size=256 --character_coverage=1.0 \
    --pad_id=0 --eos_id=1 --unk_id=2 --bos_id=-1 --pad_piece='<pad>' --eos_piece='</s>' --unk_piece='<unk>' \
    --num_threads=1 --minloglevel=1
rm spiece.vocab
spm_encode --model=spiece.model --output_format=id --extra_options=eos <texts.txt >ids.txt
python3 make_cases.py spiece.model cases.json
python3 make_cases.py ../t5-tokenizer-bytes/spiece.model ../t5-tokenizer-bytes/cases.json
