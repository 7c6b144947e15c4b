import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // A number may be put into a template as it is; any other value must be converted to a string explicitly.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export: one name everywhere.' },
      ],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A regular expression must take time linear in the length of its input, because other users may have written it.
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    // Processes, time, randomness and the network are used only through the machine that is passed in
    // (src/machine/machine.ts).
    files: ['src/**/*.ts'],
    ignores: [
      'src/machine/**',
      'src/demo/**',
      'src/dashboard/page/**',
      'src/bin.ts',
      'src/index.ts',
      'src/*/daemon-program.ts',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'fetch', 'require'].map(
          (name) => ({ name, message: 'Use the Observer or Machine that is passed in.' }),
        ),
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export: one name everywhere.' },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Use Observer.clock.now().',
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'Use Observer.clock.',
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'Use Observer.randomBytes().',
        },
        {
          selector:
            "ImportDeclaration[source.value='node:crypto'] ImportSpecifier[imported.name=/random|generate/]",
          message: 'Use Observer.randomBytes().',
        },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        console: 'readonly',
        process: 'readonly',
        module: 'writable',
        performance: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
