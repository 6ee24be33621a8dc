-- The language server of flows in Neovim. `require("orderly").setup({ cmd = …, keys = false })` changes what is usual.
local M = {
    cmd = { "flowc", "lsp" }, -- how the server is started; add "-I", "folder" for more places of `use`
    keys = true, -- K, gd, gr, ]d, [d, <leader>rn, <leader>ca, <leader>f in buffers of flows
}
local clients = {} -- root → client, for Neovim 0.7, which keeps no such list

local function root_of(path)
    local folder = vim.fn.fnamemodify(path, ":p:h")
    local git = vim.fn.finddir(".git", folder .. ";")
    return git ~= "" and vim.fn.fnamemodify(git, ":p:h:h") or folder
end

function M.format()
    if vim.lsp.buf.format then
        vim.lsp.buf.format({ timeout_ms = 5000 })
    else
        vim.lsp.buf.formatting_sync(nil, 5000)
    end
end

local function map(buffer, keys, what, action)
    vim.keymap.set("n", keys, action, { buffer = buffer, silent = true, desc = what })
end

local function attach(client, buffer)
    vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
    if vim.lsp.tagfunc then
        vim.bo[buffer].tagfunc = "v:lua.vim.lsp.tagfunc"
    end
    if vim.lsp.inlay_hint and client.server_capabilities.inlayHintProvider then
        pcall(vim.lsp.inlay_hint.enable, true, { bufnr = buffer })
    end
    vim.api.nvim_buf_create_user_command(buffer, "FlowFormat", M.format, { desc = "Lay the flow out" })
    vim.api.nvim_buf_create_user_command(buffer, "FlowLenses", vim.lsp.codelens.refresh, { desc = "Show what can be run" })
    if not M.keys then
        return
    end
    map(buffer, "K", "What is this?", vim.lsp.buf.hover)
    map(buffer, "gd", "Where does it come from?", vim.lsp.buf.definition)
    map(buffer, "gr", "Where is it mentioned?", vim.lsp.buf.references)
    map(buffer, "<leader>rn", "Call it otherwise", vim.lsp.buf.rename)
    map(buffer, "<leader>ca", "What can be mended?", vim.lsp.buf.code_action)
    map(buffer, "<leader>cl", "Run what stands here", vim.lsp.codelens.run)
    map(buffer, "<leader>f", "Lay it out", M.format)
    map(buffer, "]d", "The next problem", vim.diagnostic.goto_next)
    map(buffer, "[d", "The problem before", vim.diagnostic.goto_prev)
end

local function config_of(root)
    return { name = "flowc", cmd = M.cmd, root_dir = root, on_attach = attach }
end

function M.start(buffer)
    local path = vim.api.nvim_buf_get_name(buffer)
    if path == "" or vim.bo[buffer].buftype ~= "" then
        return
    end
    if vim.fn.executable(M.cmd[1]) == 0 then
        vim.notify_once(M.cmd[1] .. " is not on the PATH: flows are coloured, not checked", vim.log.levels.WARN)
        return
    end
    local root = root_of(path)
    if vim.lsp.start then
        vim.lsp.start(config_of(root), { bufnr = buffer })
        return
    end
    if not clients[root] or vim.lsp.client_is_stopped(clients[root]) then
        clients[root] = vim.lsp.start_client(config_of(root))
    end
    if clients[root] then
        vim.lsp.buf_attach_client(buffer, clients[root])
    end
end

-- The commands of code lenses: the server names them, the editor does them.
local function in_terminal(words)
    vim.cmd("botright 15new")
    vim.fn.termopen(words)
end

local function commands()
    vim.lsp.commands["orderly.runTest"] = function(command)
        local path, name = vim.uri_to_fname(command.arguments[1]), command.arguments[2]
        in_terminal({ M.cmd[1], "test", "--filter", name, path })
    end
    vim.lsp.commands["orderly.showGraph"] = function(command)
        in_terminal({ M.cmd[1], "graph", "--mermaid", vim.uri_to_fname(command.arguments[1]) })
    end
end

function M.setup(options)
    for name, value in pairs(options or {}) do
        M[name] = value
    end
    if vim.g.orderly_cmd then
        M.cmd = vim.g.orderly_cmd
    end
    commands()
    local group = vim.api.nvim_create_augroup("orderly", { clear = true })
    vim.api.nvim_create_autocmd("FileType", {
        group = group,
        pattern = "flow",
        callback = function(event)
            M.start(event.buf)
        end,
    })
end

return M
