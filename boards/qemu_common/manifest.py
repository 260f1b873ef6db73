freeze("frozen")
include("$(MPY_DIR)/extmod/asyncio")
