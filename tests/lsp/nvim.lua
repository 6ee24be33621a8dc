-- Neovim with our configuration, typed at: one Neovim drives another one, as a person would.
local top, flowc, folder = vim.env.top_srcdir, vim.env.top_builddir .. "/flowc", vim.env.FOLDER
local DEADLINE = 30000 -- ms
local passed, failed = 0, 0

local function so(sentence, holds, shown)
    if holds then
        passed = passed + 1
        return
    end
    failed = failed + 1
    print("FAILED: " .. sentence .. "\n    " .. tostring(shown):sub(1, 2000):gsub("\n", "\n    ") .. "\n")
end

-- As docs/EDITORS.md says, but for where things are.
vim.fn.writefile({
    "let mapleader = ' '",
    ("let g:orderly_cmd = ['%s', 'lsp']"):format(flowc),
    "set shortmess+=aoOtTWAF noswapfile cmdheight=4",
    "set runtimepath^=" .. top .. "/tools/editors/nvim",
}, folder .. "/init.vim")
local child = vim.fn.jobstart(
    { "nvim", "--embed", "--headless", "-n", "-i", "NONE", "-u", folder .. "/init.vim" }, { rpc = true })

local function finish()
    vim.fn.jobstop(child)
    print(("\n%d passed, %d failed\n"):format(passed, failed))
    vim.cmd(failed == 0 and "qall!" or "cquit!")
end

local function lua(code, ...)
    return vim.rpcrequest(child, "nvim_exec_lua", code, { ... })
end
local function command(words)
    vim.rpcrequest(child, "nvim_command", words)
end
local function keys(words)
    vim.rpcrequest(child, "nvim_input", words)
end
local function text()
    return table.concat(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"), "\n") .. "\n"
end
local function line()
    return lua("return vim.api.nvim_get_current_line()")
end
local last
-- What follows builds on it: where it does not come to be so, that is the end.
local function await(sentence, holds)
    local fine = vim.wait(DEADLINE, function()
        local ok, is = pcall(holds)
        last = is
        return ok and is
    end, 20)
    so(sentence, fine, vim.inspect(last) .. "\n" .. line())
    if not fine then
        finish()
    end
end
local function problems()
    return lua([[
        local out = {}
        for _, one in ipairs(vim.diagnostic.get(0)) do
            if one.severity <= 2 then
                out[#out + 1] = one.lnum .. ": " .. one.message
            end
        end
        return out]])
end
local function go(pattern) -- and put the cursor on it
    command("call cursor(1, 1)")
    so("`" .. pattern .. "` is there", lua("return vim.fn.search(..., 'cW')", pattern) > 0)
end
local function read(path)
    return table.concat(vim.fn.readfile(path), "\n") .. "\n"
end

-- Given a folder with flows, one of which has a mistake.
for _, name in ipairs({ "canonical.flow", "systems.flow", "drop_ship.flow", "fixtures.flow", "order_to_cash.flow", "dev.bind" }) do
    vim.fn.writefile(vim.fn.readfile(top .. "/flows/" .. name), folder .. "/" .. name)
end
local whole = read(folder .. "/order_to_cash.flow")
local wrong = whole:gsub("go to booking\n", "go to bookin\n", 1)
vim.fn.writefile(vim.split(wrong:sub(1, -2), "\n"), folder .. "/order_to_cash.flow")

-- A flow is a flow, and coloured.
command("edit " .. folder .. "/order_to_cash.flow")
so("a .flow is a flow", lua("return vim.bo.filetype") == "flow", lua("return vim.bo.filetype"))
so("it is coloured", lua("return vim.b.current_syntax") == "flow")
so("it is indented by four", lua("return vim.bo.shiftwidth") == 4)

-- The mistake is seen, and mended by what is offered.
await("the mistake is shown", function()
    return #problems() > 0 and problems()[1]:find("there is no state `bookin`", 1, true) ~= nil
end)
go("go to bookin$")
lua("vim.ui.select = function(items, _, chosen) chosen(items[1], 1) end")
keys("wwl<Space>ca")
await("the quick fix mends it", function()
    return text() == whole
end)
await("and it is not shown any more", function()
    return #problems() == 0
end)

-- Where does it come from?
go([[erp\.\zscreate_order]])
keys("gd")
await("gd leads to the operation, in another file", function()
    return lua("return vim.fn.expand('%:t')") == "systems.flow" and line():find("effect create_order", 1, true) ~= nil
end)
keys("<C-o>")
await("and back", function()
    return lua("return vim.fn.expand('%:t')") == "order_to_cash.flow"
end)

-- What is this?
go([[erp\.\zscreate_order]])
keys("K")
await("K says how it is undone", function()
    return lua([[
        for _, window in ipairs(vim.api.nvim_list_wins()) do
            if vim.api.nvim_win_get_config(window).relative ~= "" then
                local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
                return table.concat(lines, "\n"):find("undone by cancel_order", 1, true) ~= nil
            end
        end
        return false]])
end)

-- Call it otherwise.
go([[state \zsbooking]])
lua("vim.ui.input = function(_, named) named('writing') end")
keys("<Space>rn")
local renamed = whole:gsub("state booking", "state writing"):gsub("go to booking", "go to writing")
await("a state is renamed wherever it is said", function()
    return text() == renamed
end)
keys("u")
await("and back at once", function()
    return text() == whole
end)

-- What could be typed here?
go([[go to booking]])
keys("wwC<C-x><C-o>")
await("completion offers the states", function()
    local words = {}
    for _, item in ipairs(lua("return vim.fn.complete_info({ 'items' }).items")) do
        words[item.word] = true
    end
    return words.booking and words.completed and not words.erp
end)
keys("<Esc>u")
await("(as it was)", function()
    return text() == whole
end)

-- Lay it out.
go([[go to booking]])
keys("0i   <Esc>A   # now<Esc>")
await("(it is untidy)", function()
    return line():find("^   .*# now$") ~= nil
end)
keys("<Space>f")
await("it is laid out", function()
    return text() == (whole:gsub("go to booking\n", "go to booking  # now\n", 1))
end)
keys("u")

-- An unsaved change elsewhere counts here.
command("edit! " .. folder .. "/order_to_cash.flow")
command("split " .. folder .. "/systems.flow")
command("%s/effect create_order(/effect make_order(/")
command("wincmd w")
await("a change in another window is heard of", function()
    return vim.tbl_count(vim.tbl_filter(function(one)
        return one:find("create_order", 1, true) ~= nil
    end, problems())) > 0
end)

finish()
