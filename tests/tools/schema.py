"""Does the schema of a type take what its values are, and nothing else? And does it come back as the same type?"""
import json
import subprocess
import sys

from jsonschema import Draft202012Validator

flowc, here, flows = sys.argv[1:4]
failed = passed = 0


def so(sentence, holds, more=''):
    global failed, passed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print('FAILED:', sentence, more)


def run(*words):
    done = subprocess.run([flowc, *words], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else 'exit %d: %s' % (done.returncode, done.stderr)


def without_comments(schema):
    if isinstance(schema, dict):
        return {k: without_comments(v) for k, v in schema.items() if k != '$comment'}
    return [without_comments(x) for x in schema] if isinstance(schema, list) else schema


def comes_back(name, file):
    schema = run('schema', 'export', name, file)
    open('there.json', 'w').write(schema)
    open('back.flow', 'w').write(run('schema', 'import', 'there.json'))
    Draft202012Validator.check_schema(json.loads(schema))
    again = run('schema', 'export', name, 'back.flow')
    so('%s comes back as the same type' % name, json.loads(schema) == json.loads(again), again[:300])


kinds = here + '/../golden/schema/kinds.flow'
for name in 'Kinds', 'Thing', 'Carrier', 'Colour', 'Came':
    comes_back(name, kinds)
for name in 'Order', 'Quote', 'LinePlan', 'Shipment', 'Invoice', 'Standing', 'AckReply', 'ReturnRequest':
    comes_back(name, flows + '/canonical.flow')

schema = json.loads(run('schema', 'export', 'Kinds', kinds))
validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
base = json.load(open(here + '/schema_base.json'))
so('the base is valid', validator.is_valid(base), list(map(str, validator.iter_errors(base)))[:1])
for line in open(here + '/schema_samples.jsonl'):
    sample = json.loads(line)
    value = dict(base)
    if sample.get('absent'):
        value.pop(sample['member'], None)
    else:
        value[sample['member']] = sample['value']
    so('the schema judges ' + line.strip(), validator.is_valid(value) == sample['fits'])

print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
