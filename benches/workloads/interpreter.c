/* A byte-code interpreter whose dispatch is one large br_table. */
#include "types.h"

enum { PUSH, ADD, SUB, MUL, AND, OR, XOR, SHL, SHR, DUP, SWAP, DROP, LOAD, STORE, INC, DEC,
       EQ, LT, JUMP, JUMP_IF, NOT, NEG, OVER, ROT, ADD_I, MUL_I, LOAD_2, STORE_2, NOP, HALT };

static const u8 CODE[] = {
    PUSH, 0, STORE, 1, PUSH, 1, STORE, 2,
    /* 8 */ LOAD, 1, LOAD, 2, ADD_I, 7, XOR, DUP, MUL_I, 13, SWAP, DROP, STORE, 1,
    /* 22 */ LOAD, 2, INC, DUP, STORE, 2, LOAD, 1, OVER, AND, PUSH, 3, SHL, LOAD, 1, ADD, STORE, 1,
    /* 40 */ DROP, LOAD_2, STORE_2, LOAD, 1, NOT, PUSH, 5, SHR, LOAD, 1, OR, STORE, 1,
    /* 54 */ LOAD, 2, LOAD, 0, LT, JUMP_IF, 8, HALT};
static u64 variables[4], stack[64];

EXPORT("run") u64 run(u32 turns) {
    const u8 *pc = CODE;
    u64 *sp = stack, t;
    variables[0] = turns;
    for (;;) {
        switch (*pc++) {
        case PUSH: *sp++ = *pc++; break;
        case ADD: sp--; sp[-1] += sp[0]; break;
        case SUB: sp--; sp[-1] -= sp[0]; break;
        case MUL: sp--; sp[-1] *= sp[0]; break;
        case AND: sp--; sp[-1] &= sp[0]; break;
        case OR: sp--; sp[-1] |= sp[0]; break;
        case XOR: sp--; sp[-1] ^= sp[0]; break;
        case SHL: sp--; sp[-1] <<= sp[0] & 63; break;
        case SHR: sp--; sp[-1] >>= sp[0] & 63; break;
        case DUP: sp[0] = sp[-1]; sp++; break;
        case SWAP: t = sp[-1]; sp[-1] = sp[-2]; sp[-2] = t; break;
        case DROP: sp--; break;
        case LOAD: *sp++ = variables[*pc++]; break;
        case STORE: variables[*pc++] = *--sp; break;
        case INC: sp[-1]++; break;
        case DEC: sp[-1]--; break;
        case EQ: sp--; sp[-1] = sp[-1] == sp[0]; break;
        case LT: sp--; sp[-1] = sp[-1] < sp[0]; break;
        case JUMP: pc = CODE + *pc; break;
        case JUMP_IF: pc = *--sp ? CODE + *pc : pc + 1; break;
        case NOT: sp[-1] = ~sp[-1]; break;
        case NEG: sp[-1] = -sp[-1]; break;
        case OVER: sp[0] = sp[-2]; sp++; break;
        case ROT: t = sp[-3]; sp[-3] = sp[-2]; sp[-2] = sp[-1]; sp[-1] = t; break;
        case ADD_I: sp[-1] += *pc++; break;
        case MUL_I: sp[-1] *= *pc++; break;
        case LOAD_2: *sp++ = variables[2]; break;
        case STORE_2: variables[3] = *--sp; break;
        case NOP: break;
        default: return variables[1];
        }
    }
}
