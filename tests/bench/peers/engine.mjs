// bpmn-engine with its state saved to PostgreSQL after each step: node engine.mjs SETTINGS (JSON).
//
// One completion is one transaction: lock and read the state, recover the engine, signal the task that waits, take the
// engine's state, write it, commit. Prints the milliseconds that each took, and the bytes of the largest state, as JSON.
import { readFileSync } from 'node:fs';
import { Engine } from 'bpmn-engine';
import pg from 'pg';

const { source, host, user, database, instances, warmUp, steps } = JSON.parse(process.argv[2]);
const xml = readFileSync(source, 'utf8');
const client = new pg.Client({ host, user, database });
const statements = {
  insert: { name: 'insert', text: 'INSERT INTO node_instance (state) VALUES ($1) RETURNING id' },
  find: { name: 'find', text: 'SELECT state FROM node_instance WHERE id = $1 FOR UPDATE' },
  save: { name: 'save', text: 'UPDATE node_instance SET state = $2, ended = $3 WHERE id = $1' },
};
// What a task was signalled with becomes the process's data, as bpmn-engine's examples do it.
const extensions = {
  output(activity, { environment }) {
    if (activity.type === 'bpmn:UserTask') {
      activity.on('end', (api) => {
        environment.output[api.id] = api.content.output;
      });
    }
  },
};
let bytes = 0;

async function start() {
  const engine = new Engine({ name: 'bench', source: xml, variables: { summe: 0 }, extensions });
  await engine.execute();
  const { rows } = await client.query({ ...statements.insert, values: [JSON.stringify(await engine.getState())] });
  return rows[0].id;
}

async function complete(id, step) {
  await client.query('BEGIN');
  const { rows } = await client.query({ ...statements.find, values: [id] });
  const engine = new Engine({ extensions }).recover(JSON.parse(rows[0].state));
  const execution = await engine.resume();
  waiting(execution, step).signal({ [`ok_${step}`]: true, [`why_${step}`]: 'Passt zum Ort und zum Plan.' });
  const state = JSON.stringify(await engine.getState());
  await client.query({ ...statements.save, values: [id, state, engine.state === 'idle'] });
  await client.query('COMMIT');
  bytes = Math.max(bytes, state.length);
  if (step < steps) waiting(execution, step + 1);
  else if (engine.state !== 'idle') throw new Error('the process has not ended');
}

function waiting(execution, step) {
  const task = execution.getPostponed().find((one) => one.id === `t${step}`);
  if (!task) throw new Error(`t${step} does not wait`);
  return task;
}

await client.connect();
const times = [];
for (let turn = 0; turn < warmUp + instances; turn += 1) {
  const id = await start();
  for (let step = 1; step <= steps; step += 1) {
    const begun = performance.now();
    await complete(id, step);
    if (turn >= warmUp) times.push(performance.now() - begun);
  }
}
await client.end();
console.log(JSON.stringify({ times, bytes }));
