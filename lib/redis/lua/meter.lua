-- Adds what a worker has counted of the runs of one queue to its history: to this minute, this hour, this day and the total.
-- KEYS  1 the queue's prefix
-- ARGV  1 the worker  2 id of this call: sent again, it adds nothing  3 functions kept apart  4 JSON: function → cell
-- Returns 1, or 0 where it was added before
-- A cell is written by core/metric-cell.ts: seven sums, of which older ones have six, then two histograms of `bucket:count`, and maybe the last traced run.
--@include base
local now = clock()
local flushed = base .. 'flushed:' .. ARGV[1]
if call('GET', flushed) == ARGV[2] then return 0 end
call('SET', flushed, ARGV[2], 'PX', 600000)

local function read_cell(text)
  local sums, durations, waits, traced = string.match(text or '', '^([^;]*);([^;]*);([^;]*)(.*)$')
  local cell = { {}, {}, {}, traced or '' }
  for n in string.gmatch(sums or '', '%S+') do cell[1][#cell[1] + 1] = tonumber(n) end
  for i, list in ipairs({ durations or '', waits or '' }) do
    for bucket, n in string.gmatch(list, '(%d+):(%d+)') do cell[i + 1][tonumber(bucket)] = tonumber(n) end
  end
  return cell
end

local function write_buckets(buckets)
  local parts = {}
  for i = 0, 99 do
    if buckets[i] then parts[#parts + 1] = string.format('%d:%.0f', i, buckets[i]) end
  end
  return table.concat(parts, ' ')
end

local function sum(a, b)
  local sums = {}
  for i = 1, 7 do sums[i] = string.format('%.0f', (a[1][i] or 0) + (b[1][i] or 0)) end
  for part = 2, 3 do
    for bucket, n in pairs(b[part]) do a[part][bucket] = (a[part][bucket] or 0) + n end
  end
  local traced = b[4] ~= '' and b[4] or a[4]
  return table.concat(sums, ' ') .. ';' .. write_buckets(a[2]) .. ';' .. write_buckets(a[3]) .. traced
end

local function add(key, field, text, cell)
  local was = call('HGET', key, field)
  call('HSET', key, field, was and sum(read_cell(was), cell) or text)
end

-- A function beyond the limit is 'other', unless one was not seen for 90 days: that one is counted among the others from now on.
local names, totals = base .. 'functions', base .. 'metrics:total'
local function admitted(fn)
  if call('ZSCORE', names, fn) or call('ZCARD', names) < tonumber(ARGV[3]) then return true end
  local oldest = call('ZRANGE', names, 0, 0, 'WITHSCORES')
  if tonumber(oldest[2]) > now - 7776000000 then return false end
  call('ZREM', names, oldest[1])
  local old = call('HGET', totals, oldest[1])
  if old then
    add(totals, 'other', old, read_cell(old))
    call('HDEL', totals, oldest[1])
  end
  return true
end

local minute, hour, day = math.floor(now / 60000), math.floor(now / 3600000), math.floor(now / 86400000)
-- Slots of one hash, what is kept in it, and when it is over.
local TIERS = {
  { base .. 'metrics:m:' .. hour, minute % 60, (hour + 26) * 3600000 },
  { base .. 'metrics:h:' .. day, hour % 24, (day + 92) * 86400000 },
  { base .. 'metrics:d:' .. math.floor(day / 32), day % 32, (math.floor(day / 32) * 32 + 400) * 86400000 },
}
for fn, text in pairs(cjson.decode(ARGV[4])) do
  local cell = read_cell(text)
  local name = fn
  if fn ~= '' and fn ~= 'other' then
    if admitted(fn) then call('ZADD', names, now, fn) else name = 'other' end
  end
  for _, tier in ipairs(TIERS) do add(tier[1], name == '' and tier[2] or tier[2] .. ' ' .. name, text, cell) end
  if fn ~= '' then add(totals, name, text, cell) end
end
-- How many are left tells, with what ended since, how many came.
call('HSET', TIERS[1][1], 'depth ' .. TIERS[1][2], call('ZCARD', base .. 'queued'))
for _, tier in ipairs(TIERS) do call('PEXPIREAT', tier[1], string.format('%.0f', tier[3])) end
return 1
