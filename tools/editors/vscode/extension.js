// Flows in VS Code: starts `flowc lsp`, and does the commands of its code lenses.
"use strict";
const vscode = require("vscode");
const { execFile } = require("child_process");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function settings() {
    const all = vscode.workspace.getConfiguration("orderly");
    return { flowc: all.get("flowc"), folders: all.get("include").flatMap((folder) => ["-I", folder]) };
}

function start() {
    const { flowc, folders } = settings();
    client = new LanguageClient(
        "orderly",
        "Orderly",
        { command: flowc, args: ["lsp", ...folders] },
        {
            documentSelector: [{ language: "flow" }, { language: "flow-bind" }],
            synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{flow,bind}") },
        }
    );
    return client.start().catch((error) =>
        vscode.window.showErrorMessage(`${flowc} does not start: ${error.message}. Set "orderly.flowc" to where it is.`)
    );
}

// In a terminal, so that what it says can be read and run again.
function runTest(uri, name) {
    const { flowc, folders } = settings();
    const path = vscode.Uri.parse(uri).fsPath;
    const terminal = vscode.window.createTerminal({
        name: `test: ${name}`,
        shellPath: flowc,
        shellArgs: ["test", ...folders, "--filter", name, path],
    });
    terminal.show();
}

function showGraph(uri, name) {
    const { flowc, folders } = settings();
    const path = vscode.Uri.parse(uri).fsPath;
    execFile(flowc, ["graph", ...folders, "--svg", path], { maxBuffer: 32 << 20 }, (error, svg, said) => {
        if (error) {
            vscode.window.showErrorMessage(said || error.message);
            return;
        }
        const panel = vscode.window.createWebviewPanel("orderlyGraph", name, vscode.ViewColumn.Beside, {});
        panel.webview.html = `<!doctype html><body style="background:#fff">${svg.slice(svg.indexOf("<svg"))}</body>`;
    });
}

async function activate(context) {
    context.subscriptions.push(
        vscode.commands.registerCommand("orderly.runTest", runTest),
        vscode.commands.registerCommand("orderly.showGraph", showGraph),
        vscode.commands.registerCommand("orderly.restart", async () => {
            await client?.stop();
            await start();
        })
    );
    await start();
}

function deactivate() {
    return client?.stop();
}

module.exports = { activate, deactivate };
