import { Command, Option } from 'commander';
import type { Machine } from '../machine/machine.js';
import { CLEANUP_CLASSES } from '../model/verdict.js';
import { FAIL_ON } from '../policy/diff.js';
import { FORMATS } from '../policy/format/formats.js';
import { addHelpSections, type HelpSections } from './help.js';
import { EXIT, type ExitCode } from './output.js';
import { policyExplain, type PolicyExplainOptions } from './policy-explain.js';
import type { OutputOptions } from './policy-output.js';
import {
  policyCheck,
  policyCi,
  type PolicyCiOptions,
  policyDiff,
  type PolicyDiffOptions,
  policyFmt,
  policyProve,
  type PolicyProveOptions,
  policySchema,
  policyTest,
  type PolicyTestOptions,
} from './policy.js';

/** `spec-kitty policy`: its commands, options and help. */
export function policyCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const policy = new Command('policy').description(
    'check, prove, compare and test the policy that classifies listeners',
  );
  const withHelp = (command: Command, help: HelpSections): Command =>
    addHelpSections(command, machine.observer, help);
  withHelp(
    withOutput(policy.command('check'))
      .description('check that a file is a valid policy in which every rule matters')
      .argument(
        '[policy]',
        'the policy (default: policy/sync.yaml of this working tree, else the shipped one)',
      )
      .allowExcessArguments(false)
      .action((file: string | undefined, options: OutputOptions) => {
        exitWith(policyCheck(machine, file, options));
      }),
    {
      examples: [
        ['spec-kitty policy check', 'the one of this repository, or the shipped one'],
        ['spec-kitty policy check mine.yaml --format github', 'as annotations of a pull request'],
      ],
      exitCodes: EXIT_CODES,
    },
  );
  withHelp(
    withOutput(policy.command('prove'))
      .description('prove that the policy keeps every invariant in every possible state')
      .argument(
        '[policy]',
        'the policy (default: policy/sync.yaml of this working tree, else the shipped one)',
      )
      .addOption(new Option('--cross-check', 'ask the rule engine in every state, not in a sample'))
      .addOption(new Option('--frontier', 'list every change of one fact that leads into safe_auto'))
      .addOption(new Option('--certificate <file>', 'write what was proved to this file'))
      .addOption(
        new Option(
          '--witness <file>',
          'write the first counterexample as facts, for `auth doctor --facts` and `policy explain`',
        ),
      )
      .allowExcessArguments(false)
      .action(async (file: string | undefined, options: PolicyProveOptions) => {
        exitWith(await policyProve(machine, file, options));
      }),
    {
      examples: [
        ['spec-kitty policy prove mine.yaml --cross-check', 'in all states, with the rule engine too'],
      ],
      exitCodes: EXIT_CODES,
    },
  );
  withHelp(
    policy
      .command('explain')
      .description(
        'explain the verdict on a state or on saved facts: every rule in order, and what would change it',
      )
      .addOption(
        new Option(
          '--set <fact=value...>',
          'the state: a value for every fact that rules decide by',
        ).conflicts('facts'),
      )
      .addOption(
        new Option('--facts <file>', 'facts that `auth doctor --save-facts` saved').conflicts('whyNot'),
      )
      .addOption(
        new Option('--why-not <class>', 'show only what would lead to this class').choices(CLEANUP_CLASSES),
      )
      .addOption(
        new Option(
          '--policy <file>',
          'explain this policy (default: policy/sync.yaml of this working tree, else the shipped one)',
        ),
      )
      .addOption(new Option('--json', 'print one JSON document'))
      .allowExcessArguments(false)
      .action(async (options: PolicyExplainOptions, command: Command) => {
        if (!options.set && options.facts === undefined) command.error('error: give --set or --facts');
        exitWith(await policyExplain(machine, options));
      }),
    {
      examples: [['spec-kitty policy explain --facts facts.json', 'the verdicts on saved facts']],
      exitCodes: `${EXIT.done} explained, ${EXIT.couldNot} the job could not be done`,
    },
  );
  withHelp(
    policy
      .command('fmt')
      .description('rewrite a policy in its canonical layout; meaning and comments stay')
      .argument(
        '[policy]',
        'the policy (default: policy/sync.yaml of this working tree, else the shipped one)',
      )
      .addOption(new Option('--check', 'change nothing; exit code 1 where something would change'))
      .allowExcessArguments(false)
      .action((file: string | undefined, options: { readonly check?: true }) => {
        exitWith(policyFmt(machine, file, options));
      }),
    {
      examples: [['spec-kitty policy fmt mine.yaml --check', 'whether it is in canonical layout']],
      exitCodes: `${EXIT.done} in canonical layout, ${EXIT.attention} with --check, not in it, ${EXIT.couldNot} the job could not be done`,
    },
  );
  withHelp(
    policy
      .command('schema')
      .description('print the JSON Schema of a policy, for editors')
      .allowExcessArguments(false)
      .action(() => {
        exitWith(policySchema(machine));
      }),
    {
      examples: [['spec-kitty policy schema', 'for an editor that checks while you type']],
      exitCodes: `${EXIT.done} printed`,
    },
  );
  withHelp(
    withOutput(policy.command('diff'))
      .description('compare two policies: every verdict that a change of the policy changes')
      .argument(
        '[files...]',
        'OLD NEW, or with --against the policy (default: policy/sync.yaml of this working tree)',
      )
      .addOption(new Option('--against <ref>', 'compare with the policy in this git commit'))
      .addOption(
        new Option(
          '--fail-on <what>',
          'which changes are an error: loosened (and not acknowledged), changed (any), none',
        )
          .choices(FAIL_ON)
          .default('loosened'),
      )
      .action((files: readonly string[], options: PolicyDiffOptions, command: Command) => {
        const { against } = options;
        if (against === undefined && files.length !== 2)
          command.error('error: name two files, OLD and NEW, or --against');
        if (against !== undefined && files.length > 1)
          command.error('error: with --against, name one file at most');
        exitWith(policyDiff(machine, files, options));
      }),
    {
      examples: [
        ['spec-kitty policy diff --against HEAD~1', 'what the last commit changed'],
        ['spec-kitty policy diff old.yaml new.yaml', 'two files'],
      ],
      exitCodes: EXIT_CODES,
    },
  );
  withHelp(
    withOutput(policy.command('test'))
      .description(
        'test that the policy gives the verdicts its cases expect, and show what they leave untested',
      )
      .argument('[cases]', 'a file of cases (default: cases.yaml beside the policy)')
      .addOption(
        new Option(
          '--policy <file>',
          'test this policy (default: policy/sync.yaml of this working tree, else the shipped one)',
        ),
      )
      .allowExcessArguments(false)
      .action(async (cases: string | undefined, options: PolicyTestOptions) => {
        exitWith(await policyTest(machine, cases, options));
      }),
    {
      examples: [['spec-kitty policy test', 'the cases beside the shipped policy']],
      exitCodes: EXIT_CODES,
    },
  );
  withHelp(
    withOutput(policy.command('ci'))
      .description('check, prove, test and compare; one report with the worst exit code')
      .argument(
        '[policy]',
        'the policy (default: policy/sync.yaml of this working tree); cases.yaml and acknowledged.yaml are read from its folder',
      )
      .addOption(new Option('--against <ref>', 'compare with the policy in this git commit'))
      .allowExcessArguments(false)
      .action(async (file: string | undefined, options: PolicyCiOptions) => {
        exitWith(await policyCi(machine, file, options));
      }),
    {
      examples: [['spec-kitty policy ci --against main', 'everything a pull request needs']],
      exitCodes: EXIT_CODES,
    },
  );
  return policy;
}

function withOutput(command: Command): Command {
  return command
    .addOption(new Option('--format <name>', 'how to print it').choices(FORMATS).default('text'))
    .addOption(
      new Option('--json', 'short for --format json (schemas/policy-report.schema.json)').conflicts('format'),
    );
}

const EXIT_CODES = `${EXIT.done} nothing found, ${EXIT.attention} something found, ${EXIT.couldNot} the job could not be done, ${EXIT.inconclusive} inconclusive`;
