// Compiles standard JSON, a line for a line: the compiler is started, and warm, once for all.
"use strict";
const solc = require(process.argv[2]);
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (question) => process.stdout.write(JSON.stringify(JSON.parse(solc.compile(question))) + "\n"));
