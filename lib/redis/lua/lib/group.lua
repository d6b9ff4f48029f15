-- A group's keys: `info` (hash: created, maker, total, ended, an amount for each outcome, sealed, done, announced, callback), `members`
-- (zset: job@queue → its number), `outcomes` (hash: job@queue → how it ended), `open` (set: those that have not ended).
local info = base .. 'info'

local function keep(ms)
  for _, name in ipairs({ 'info', 'members', 'outcomes', 'open' }) do call('PEXPIRE', base .. name, ms) end
end

-- Whether the group is done and its callback is still to be called, and that callback. It is done for good: of a member
-- that runs again only the numbers change.
local function completion()
  local r = call('HMGET', info, 'total', 'ended', 'sealed', 'announced', 'callback')
  if not r[3] or r[4] or (tonumber(r[2]) or 0) < (tonumber(r[1]) or 0) then return { 0, '' } end
  call('HSETNX', info, 'done', clock())
  return { 1, r[5] or '' }
end
