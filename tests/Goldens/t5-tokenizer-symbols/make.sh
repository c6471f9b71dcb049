#!/bin/sh
# Makes spiece.model and cases.json: byte fallback and symbols of the user's, with no normalization, no blank put before a text and none taken away.
set -e
cd "$(dirname "$0")"/../t5-tokenizer-tiny
spm_train --input=corpus.txt --model_prefix=../t5-tokenizer-symbols/spiece --model_type=unigram --vocab_size=520 --byte_fallback=true \
    --pad_id=0 --eos_id=1 --unk_id=2 --bos_id=-1 --normalization_rule_name=identity --add_dummy_prefix=false \
    --remove_extra_whitespaces=false --user_defined_symbols='<red>,<red><red>,ing' --hard_vocab_limit=false
rm ../t5-tokenizer-symbols/spiece.vocab
python3 make_cases.py ../t5-tokenizer-symbols/spiece.model ../t5-tokenizer-symbols/cases.json
