-- A job as a list shows it: nothing of it is long, however long what is stored. A page may cut so many bytes of long arguments; of what is
-- beyond, only the size is told.
local SHOWN = 600
local budget = 4 * 1024 * 1024

local function shown(text)
  return text and string.sub(text, 1, SHOWN) or false
end

-- Options as JSON, but for what may be long: a list shows tags, description and futures.
local function short_options(opts)
  if not opts or #opts <= 2000 then return opts or false end
  local ok, all = pcall(cjson.decode, opts)
  if not ok or type(all) ~= 'table' then return false end
  local description = type(all.description) == 'string' and string.sub(all.description, 1, SHOWN) or nil
  return cjson.encode({ tags = all.tags, description = description })
end

-- id, score, function, arguments, their bytes, options, status, created, queued, due, started, ended, attempt, worker, error, reason
local function row(id, score)
  local r = read(id, 'fn', 'opts', 'st', 'end', 'q', 'due', 'on', 'n', 'w', 'err', 'why')
  local created, fn = made_of(r[1])
  local ended, started, worker = over_of(r[3], r[4])
  local bytes = redis.pcall('HSTRLEN', job_key(id), 'args')
  if type(bytes) ~= 'number' then bytes = 0 end
  local args = ''
  if bytes <= budget then
    budget = budget - bytes
    args = shown(read(id, 'args')[1])
  end
  return {
    id, score, shown(fn), args, bytes, short_options(r[2]), r[3] and status_of(r[3]), created or false, r[5], r[6], started or r[7],
    ended or false, r[8], shown(worker or r[9]), shown(r[10]), shown(r[11]),
  }
end

local function is_there(id)
  return read(id, 'fn')[1] or read(id, 'args')[1]
end
