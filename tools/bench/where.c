// A QEMU plugin that says where an emulated board's instructions go: how many at each address of code, and how many on behalf of each octet of
// bytecode. The latter is the octet that the interpreter fetched last, so what it calls in C (the allocator, the collector, hashlib) counts
// for the Python that asked for it; and so do allocations. tools/bench/where.py builds and reads it: out=FILE,size=OCTETS OF THE FIRMWARE,
// heap=ADDRESS,marker=ADDRESS,alloc=ADDRESS,from=ADDRESS,to=ADDRESS (the interpreter's loop), in decimal digits.
//
// Counted is what lies between two calls of the marker, the C function behind emulator.instructions(): what the bench counts.
#include "plugin.h"

#define HEAP (1 << 20) // octets that are told apart

static u64 firmware, heap, marker, allocator, start, end;
static u64 last; // the octet of bytecode that was fetched last
static u64 counting;
static u64 *by_code, *by_octet, *allocations; // what the host reads: the firmware's, the heap's, and one for what is elsewhere

static u64 place(u64 address) {
    if (address < firmware) {
        return address;
    }
    return address - heap < HEAP ? address - heap + firmware : firmware + HEAP;
}

static void executed(u32 cpu, void *pc) {
    if ((u64)pc == marker) {
        counting = !counting;
    }
    if (counting) {
        by_code[place((u64)pc)]++;
        by_octet[last]++;
        allocations[last] += (u64)pc == allocator;
    }
}

static void fetched(u32 cpu, u32 info, u64 address, void *pc) {
    if (qemu_plugin_mem_size_shift(info) == 0 && place(address) < firmware + HEAP) { // tables are read by words and half words
        last = place(address);
    }
}

static void translated(u64 id, struct tb *tb) {
    for (size i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct insn *insn = qemu_plugin_tb_get_insn(tb, i);
        u64 pc = qemu_plugin_insn_vaddr(insn);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, (void *)pc);
        if (pc >= start && pc < end) {
            qemu_plugin_register_vcpu_mem_cb(insn, fetched, NO_REGISTERS, READS_AND_WRITES, (void *)pc);
        }
    }
}

SEEN int qemu_plugin_install(u64 id, const void *info, int count, char **arguments) {
    if (count != 7 || strncmp(arguments[0], "out=", 4) || strncmp(arguments[1], "size=", 5) || strncmp(arguments[2], "heap=", 5)
        || strncmp(arguments[3], "marker=", 7) || strncmp(arguments[4], "alloc=", 6)
        || strncmp(arguments[5], "from=", 5) || strncmp(arguments[6], "to=", 3)) {
        return 1;
    }
    firmware = number(arguments[1] + 5);
    heap = number(arguments[2] + 5);
    marker = number(arguments[3] + 7);
    allocator = number(arguments[4] + 6);
    start = number(arguments[5] + 5);
    end = number(arguments[6] + 3);
    by_code = shared(arguments[0] + 4, 3 * 8 * (firmware + HEAP + 1));
    if (!by_code) {
        return 1;
    }
    by_octet = by_code + firmware + HEAP + 1;
    allocations = by_octet + firmware + HEAP + 1;
    last = firmware + HEAP;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
