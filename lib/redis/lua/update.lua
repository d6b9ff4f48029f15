-- What a running job reports of itself: meta, progress, log lines, what it printed. Refused once the claim is lost.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 id  3 token  4 meta, progress, log, stdout or stderr  5 value; what was printed has a line of it a line
--       6 log lines kept  7 bytes of them kept where there is output among them
-- Returns 1, or 0 where the claim does not stand
--@include base
local SOURCE = { log = 'l', stdout = 'o', stderr = 'e' }
local id, kind = ARGV[2], ARGV[4]
local key = base .. 'log:' .. id

local function cut_to(bytes)
  local lines, size = call('LRANGE', key, 0, -1), 0
  for i = #lines, 1, -1 do
    size = size + #lines[i]
    if size > bytes then return call('LTRIM', key, i, -1) end
  end
end

if call('HGET', base .. 'started:' .. ARGV[1], id) ~= ARGV[3] then return 0 end
if not SOURCE[kind] then
  call('HSET', job_key(id), kind == 'meta' and 'meta' or 'pg', ARGV[5])
  return 1
end
local mark = string.format('\31%.0f %s ', clock(), SOURCE[kind])
local added = 0
if kind == 'log' then
  call('RPUSH', key, mark .. ARGV[5])
  added = 1
else
  for line in string.gmatch(ARGV[5] .. '\n', '(.-)\n') do
    call('RPUSH', key, mark .. line)
    added = added + 1
  end
  cut_to(tonumber(ARGV[7]))
end
call('LTRIM', key, -ARGV[6], -1)
call('HSET', job_key(id), 'aux', 1)
add_to_field(job_key(id), 'lg', added)
return 1
